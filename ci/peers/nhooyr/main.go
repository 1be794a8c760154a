// An echo server on nhooyr.io/websocket (Debian: golang-nhooyr-websocket-dev), with
// permessage-deflate; its URL is the one line on stdout.
package main

import (
	"context"
	"fmt"
	"log"
	"net"
	"net/http"

	"nhooyr.io/websocket"
)

func echo(response http.ResponseWriter, request *http.Request) {
	socket, err := websocket.Accept(response, request, &websocket.AcceptOptions{
		CompressionMode:      websocket.CompressionContextTakeover,
		CompressionThreshold: 1,
		InsecureSkipVerify:   true, // Any origin.
	})
	if err != nil {
		return
	}
	socket.SetReadLimit(64 << 20)
	for {
		kind, payload, err := socket.Read(context.Background())
		if err != nil || socket.Write(context.Background(), kind, payload) != nil {
			return
		}
	}
}

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("ws://%s\n", listener.Addr())
	log.Fatal(http.Serve(listener, http.HandlerFunc(echo)))
}
