"""A client of the RPC door that shares no code with it: Python's socket and msgpack."""

import json
import socket
import struct
import sys

import msgpack

HEAD = struct.Struct(">I")


class Client:
    def __init__(self, port, is_framed):
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.is_framed = is_framed
        self.unpacker = msgpack.Unpacker(raw=False)
        self.rest = b""
        self.count = 0

    def send(self, message):
        data = msgpack.packb(message, use_bin_type=True)
        self.socket.sendall(HEAD.pack(len(data)) + data if self.is_framed else data)

    def read(self):
        if not self.is_framed:
            for message in self.unpacker:
                return message
            self.unpacker.feed(self.receive())
            return self.read()
        while len(self.rest) < 4 or len(self.rest) < 4 + HEAD.unpack(self.rest[:4])[0]:
            self.rest += self.receive()
        end = 4 + HEAD.unpack(self.rest[:4])[0]
        message, self.rest = self.rest[4:end], self.rest[end:]
        return msgpack.unpackb(message, raw=False)

    def receive(self):
        data = self.socket.recv(65536)
        if not data:
            raise EOFError("the server has closed the connection")
        return data

    def ask(self, method, *params):
        self.count += 1
        self.send([0, self.count, method, list(params)])
        kind, msgid, error, result = self.read()
        assert (kind, msgid) == (1, self.count), (kind, msgid)
        return error["code"] if error else result


def main(port, is_framed):
    client = Client(port, is_framed)
    said = {"auth": client.ask("auth", "acme-key"), "ping": client.ask("ping")}
    source = "(d, files) => [d, files.map((f) => f.length)]"
    client.ask("register", {"kind": "pre", "name": "echo", "source": source})
    values = [
        [None, True, False, 0, -1, 255, -32769, 2**31, 2**40, -(2**40), 0.5, 1e300],
        {"é": ["\U0001f408", "x" * 70000], "": {}},
        list(range(70000)),
    ]
    echoed = [client.ask("call", "echo", [value])["value"][0] for value in values]
    said["same"] = [one == value for one, value in zip(echoed, values)]
    said["bytes"] = client.ask("call", "echo", [b"\x00\xff" * 40000])["value"][0] == b"\x00\xff" * 40000
    files = [b"abc", {"data": b"x" * 100000, "name": "a.bin"}]
    said["files"] = client.ask("call", "echo", [1], files)["value"]
    said["faults"] = [client.ask("call", "nobody", [1]), client.ask("nope")]
    for i in range(500):
        client.send([0, 10000 + i, "call", ["echo", [i]]])
    answers = [client.read() for _ in range(500)]
    said["own"] = all(answer[3]["value"][0] == answer[1] - 10000 for answer in answers)
    print(json.dumps(said))


main(int(sys.argv[1]), sys.argv[2] == "length")
