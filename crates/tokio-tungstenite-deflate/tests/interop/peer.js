// Node's `ws`, as a client that checks echoes and as an echo server.
"use strict";

const assert = require("assert");
const WebSocket = require("ws");

const bits = [8, 9, 10, 11, 12, 13, 14, 15];

function* messages(long) {
  yield* ["", "a", "Hello", "Hello", "Hellö, ".repeat(150), Buffer.alloc(0), Buffer.alloc(1000), ""];
  if (long) {
    for (const n of [125, 126, 65535, 65536, 100000]) yield "x".repeat(n);
    const noise = Buffer.alloc(100000);
    for (let i = 0, x = 1; i < noise.length; i++) noise[i] = (x = (x * 48271) % 2147483647) >> 8;
    yield noise;
    let json = "";
    for (let n = 0; json.length < 3000000; n++) json += `{"id": ${(n * 7919) % 10007}}, `;
    yield json.slice(0, 3000000);
    yield "the end";
  }
}

// The next message, as it was sent: text as a string, binary data as a buffer.
function receive(socket) {
  return new Promise((resolve, reject) => {
    socket.once("message", (data, isBinary) => resolve(isBinary ? data : data.toString()));
    socket.once("error", reject);
    socket.once("close", (code) => reject(new Error(`closed with ${code}`)));
  });
}

async function client(url) {
  for (const serverMaxWindowBits of [undefined, ...bits])
    for (const clientMaxWindowBits of [undefined, false, ...bits])
      for (const serverNoContextTakeover of [false, true])
        for (const clientNoContextTakeover of [undefined, true]) {
          const socket = new WebSocket(url, {
            perMessageDeflate: {
              threshold: 0,
              serverMaxWindowBits,
              clientMaxWindowBits,
              serverNoContextTakeover,
              clientNoContextTakeover,
            },
          });
          await new Promise((resolve, reject) => socket.on("open", resolve).on("error", reject));
          assert.strictEqual(socket.extensions, "permessage-deflate");
          socket.setMaxListeners(0);
          const long = serverMaxWindowBits === clientMaxWindowBits;
          for (const message of messages(long && serverNoContextTakeover === !!clientNoContextTakeover)) {
            const received = receive(socket);
            socket.send(message);
            assert.deepStrictEqual(await received, message);
          }
          for (const parts of [["frag", "", "mented"], ["", ""], ["x".repeat(100000), "y"]]) {
            const received = receive(socket);
            parts.forEach((part, n) => socket.send(part, { fin: n === parts.length - 1 }));
            assert.strictEqual(await received, parts.join(""));
          }
          const closed = new Promise((resolve) => socket.once("close", resolve));
          socket.close(1000);
          assert.strictEqual(await closed, 1000);
        }
}

async function server() {
  const ports = [];
  for (const serverMaxWindowBits of [undefined, ...bits])
    // A number here makes `ws` refuse offers without `client_max_window_bits`.
    for (const clientMaxWindowBits of [undefined, ...bits])
      for (const reset of [false, true]) {
        const listener = new WebSocket.Server({
          host: "127.0.0.1",
          port: 0,
          perMessageDeflate: {
            threshold: 0,
            serverMaxWindowBits,
            clientMaxWindowBits,
            serverNoContextTakeover: reset || undefined,
            clientNoContextTakeover: reset || undefined,
          },
        });
        listener.on("connection", (socket) =>
          socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary })),
        );
        await new Promise((resolve) => listener.once("listening", resolve));
        ports.push(listener.address().port);
      }
  console.log(JSON.stringify(ports));
  // Until our parent is gone.
  process.stdin.resume().on("end", () => process.exit(0));
}

(process.argv[2] === "client" ? client(process.argv[3]) : server()).catch((error) => {
  console.error(error);
  process.exit(1);
});
