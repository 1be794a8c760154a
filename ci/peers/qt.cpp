// An echo server on Qt WebSockets (Debian: libqt5websockets5-dev); its URL is the one line on
// stdout.
#include <QtCore/QCoreApplication>
#include <QtWebSockets/QWebSocket>
#include <QtWebSockets/QWebSocketServer>
#include <iostream>

int main(int count, char** arguments) {
  QCoreApplication application(count, arguments);
  QWebSocketServer server("echo", QWebSocketServer::NonSecureMode);
  if (!server.listen(QHostAddress::LocalHost)) return 1;
  QObject::connect(&server, &QWebSocketServer::newConnection, [&] {
    QWebSocket* socket = server.nextPendingConnection();
    QObject::connect(socket, &QWebSocket::textMessageReceived, socket, &QWebSocket::sendTextMessage);
    QObject::connect(socket, &QWebSocket::binaryMessageReceived, socket, &QWebSocket::sendBinaryMessage);
    QObject::connect(socket, &QWebSocket::disconnected, socket, &QObject::deleteLater);
  });
  std::cout << "ws://127.0.0.1:" << server.serverPort() << std::endl;
  return application.exec();
}
