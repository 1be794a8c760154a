// An echo server on libsoup (Debian: libsoup-3.0-dev), with permessage-deflate; its URL is the one
// line on stdout.
#include <libsoup/soup.h>
#include <stdio.h>

static void on_message(SoupWebsocketConnection *socket, int type, GBytes *message) {
  soup_websocket_connection_send_message(socket, type, message);
}

static void on_socket(SoupServer *server, SoupServerMessage *request, const char *path,
                      SoupWebsocketConnection *socket) {
  (void)server, (void)request, (void)path;
  soup_websocket_connection_set_max_incoming_payload_size(socket, 64 << 20);
  g_signal_connect(socket, "message", G_CALLBACK(on_message), NULL);
  g_signal_connect(g_object_ref(socket), "closed", G_CALLBACK(g_object_unref), NULL);
}

int main(void) {
  SoupServer *server = soup_server_new(NULL, NULL);
  soup_server_add_websocket_extension(server, SOUP_TYPE_WEBSOCKET_EXTENSION_DEFLATE);
  soup_server_add_websocket_handler(server, NULL, NULL, NULL,
                                    (SoupServerWebsocketCallback)on_socket, NULL, NULL);
  if (!soup_server_listen_local(server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, NULL)) return 1;
  printf("ws://127.0.0.1:%d\n", g_uri_get_port(soup_server_get_uris(server)->data));
  fflush(stdout);
  g_main_loop_run(g_main_loop_new(NULL, FALSE));
}
