// An echo server on WebSocket++ (Debian: libwebsocketpp-dev, libasio-dev), with
// permessage-deflate; its URL is the one line on stdout.
#include <iostream>
#include <websocketpp/config/asio_no_tls.hpp>
#include <websocketpp/extensions/permessage_deflate/enabled.hpp>
#include <websocketpp/server.hpp>

struct Config : websocketpp::config::asio {
  struct permessage_deflate_config {};
  using permessage_deflate_type =
      websocketpp::extensions::permessage_deflate::enabled<permessage_deflate_config>;
};
using Server = websocketpp::server<Config>;

int main() {
  Server server;
  server.clear_access_channels(websocketpp::log::alevel::all);
  server.clear_error_channels(websocketpp::log::elevel::all);
  server.init_asio();
  server.set_max_message_size(64 << 20);
  server.set_message_handler([&](websocketpp::connection_hdl peer, Server::message_ptr message) {
    websocketpp::lib::error_code ignored;
    server.send(peer, message->get_payload(), message->get_opcode(), ignored);
  });
  server.listen("127.0.0.1", "0");
  server.start_accept();
  websocketpp::lib::asio::error_code ignored;
  std::cout << "ws://" << server.get_local_endpoint(ignored) << std::endl;
  server.run();
}
