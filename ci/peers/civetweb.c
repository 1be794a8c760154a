// An echo server on CivetWeb (Debian: libcivetweb-dev); its URL is the one line on stdout.
#include <civetweb.h>
#include <stdio.h>
#include <unistd.h>

// It hands out frames, not messages, and leaves the answers to Ping and Close to its user.
static int on_frame(struct mg_connection *socket, int first, char *payload, size_t length, void *unused) {
  (void)unused;
  int opcode = first & 0xf;
  if (opcode == MG_WEBSOCKET_OPCODE_PONG) return 1;
  if (opcode == MG_WEBSOCKET_OPCODE_PING) opcode = MG_WEBSOCKET_OPCODE_PONG;
  int written = mg_websocket_write(socket, opcode, payload, length);
  return written > 0 && opcode != MG_WEBSOCKET_OPCODE_CONNECTION_CLOSE;
}

int main(void) {
  const char *options[] = {"listening_ports", "127.0.0.1:0", "num_threads", "20", NULL};
  mg_init_library(MG_FEATURES_WEBSOCKET);
  struct mg_context *server = mg_start(NULL, NULL, options);
  struct mg_server_port port;
  if (!server || mg_get_server_ports(server, 1, &port) != 1) return 1;
  mg_set_websocket_handler(server, "/", NULL, NULL, on_frame, NULL, NULL);
  printf("ws://127.0.0.1:%d\n", port.port);
  fflush(stdout);
  for (;;) pause();
}
