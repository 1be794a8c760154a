// An echo server on Boost.Beast (Debian: libboost-dev), with permessage-deflate; its URL is the
// one line on stdout.
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/websocket.hpp>
#include <iostream>
#include <thread>

namespace beast = boost::beast;
namespace websocket = beast::websocket;
using tcp = boost::asio::ip::tcp;

void echo(tcp::socket tcp) {
  try {
    websocket::stream<tcp::socket> socket(std::move(tcp));
    websocket::permessage_deflate deflate;
    deflate.server_enable = true;
    socket.set_option(deflate);
    socket.read_message_max(64 << 20);
    socket.accept();
    for (;;) {
      beast::flat_buffer message;
      socket.read(message);
      socket.text(socket.got_text());
      socket.write(message.data());
    }
  } catch (const std::exception&) {
    // What most cases are there for.
  }
}

int main() {
  boost::asio::io_context context;
  tcp::acceptor acceptor(context, {boost::asio::ip::make_address("127.0.0.1"), 0});
  std::cout << "ws://" << acceptor.local_endpoint() << std::endl;
  for (;;) std::thread(echo, acceptor.accept()).detach();
}
