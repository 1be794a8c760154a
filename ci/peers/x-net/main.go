// An echo server on golang.org/x/net/websocket (Debian: golang-golang-x-net-dev); its URL is the
// one line on stdout.
package main

import (
	"fmt"
	"log"
	"net"
	"net/http"

	"golang.org/x/net/websocket"
)

type message struct {
	kind    byte
	payload []byte
}

var codec = websocket.Codec{
	Marshal: func(v interface{}) ([]byte, byte, error) {
		return v.(message).payload, v.(message).kind, nil
	},
	Unmarshal: func(payload []byte, kind byte, v interface{}) error {
		*v.(*message) = message{kind, payload}
		return nil
	},
}

func echo(socket *websocket.Conn) {
	socket.MaxPayloadBytes = 64 << 20
	var m message
	for codec.Receive(socket, &m) == nil && codec.Send(socket, m) == nil {
	}
}

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("ws://%s\n", listener.Addr())
	// Not the type Handler, which asks for an Origin.
	log.Fatal(http.Serve(listener, websocket.Server{Handler: echo}))
}
