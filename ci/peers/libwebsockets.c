// An echo server on libwebsockets (Debian: libwebsockets-dev), without permessage-deflate, with
// which version 4.1.6 stalls now and then; its URL is the one line on stdout.
#include <libwebsockets.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// A part of a message, which goes out when the socket can take it.
struct part {
  struct part *next;
  size_t length;
  int flags;
  unsigned char octets[];
};

struct parts {
  struct part *first, **last;
};

static void drop_first(struct parts *parts) {
  struct part *part = parts->first;
  if (!(parts->first = part->next)) parts->last = &parts->first;
  free(part);
}

static int on_event(struct lws *socket, enum lws_callback_reasons reason, void *user, void *octets,
                    size_t length) {
  struct parts *parts = user;
  if (reason == LWS_CALLBACK_ESTABLISHED) {
    parts->last = &parts->first;
  } else if (reason == LWS_CALLBACK_RECEIVE) {
    struct part *part = malloc(sizeof *part + LWS_PRE + length);
    part->next = NULL;
    part->length = length;
    part->flags = lws_write_ws_flags(lws_frame_is_binary(socket) ? LWS_WRITE_BINARY : LWS_WRITE_TEXT,
                                     lws_is_first_fragment(socket), lws_is_final_fragment(socket));
    memcpy(part->octets + LWS_PRE, octets, length);
    *parts->last = part;
    parts->last = &part->next;
    lws_callback_on_writable(socket);
  } else if (reason == LWS_CALLBACK_SERVER_WRITEABLE && parts->first) {
    struct part *part = parts->first;
    int length = part->length, flags = part->flags;
    int written = lws_write(socket, part->octets + LWS_PRE, length, flags);
    drop_first(parts);
    if (written < length) return -1;
    if (parts->first) lws_callback_on_writable(socket);
  } else if (reason == LWS_CALLBACK_CLOSED) {
    while (parts->first) drop_first(parts);
  }
  return 0;
}

int main(void) {
  const struct lws_protocols protocols[] = {
      {.name = "echo", .callback = on_event, .per_session_data_size = sizeof(struct parts), .rx_buffer_size = 65536},
      {0},
  };
  struct lws_context_creation_info info = {
      .iface = "127.0.0.1",
      .protocols = protocols,
      .options = LWS_SERVER_OPTION_VALIDATE_UTF8,
  };
  lws_set_log_level(0, NULL);
  struct lws_context *context = lws_create_context(&info);
  if (!context) return 1;
  printf("ws://127.0.0.1:%d\n", lws_get_vhost_listen_port(lws_get_vhost_by_name(context, "default")));
  fflush(stdout);
  while (lws_service(context, 0) >= 0) {
  }
}
