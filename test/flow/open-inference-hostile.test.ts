// Servers that are not there, stall, flood, redirect and repeat keys: each ends in a refusal that
// says what was wanted and what came. And options that are none.

import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";

import { describe, expect, test } from "vitest";

import { openInference } from "../../src/flow/models/open-inference.ts";
import {
  attempt,
  INPUT,
  json,
  metadataOf,
  output,
  outputs,
  refusalOf,
  type Script,
  scripted,
} from "./open-inference-script.ts";
import { startServer } from "./oip-server.ts";

const KEY = "sk-0123456789abcdef";
/** What must not be shown either: the beginning of the key, where a text was cut. */
const HALF = KEY.slice(0, 8);

describe("a failure says why", () => {
  test("an error of the model", async () => {
    const metadata = json(metadataOf("FP32"));
    const infer = { status: 400, ...json({ error: "input x is too large" }) };
    await using server = await scripted({ metadata, infer });
    const line = `POST ${server.url}/v2/models/m/infer`;
    await expect(attempt(server.url)).rejects.toMatchObject({
      code: "MODEL_FAILED",
      detail: `${line} wants status 200, got 400 saying "input x is too large"`,
    });
  });

  test("nothing listens there", async () => {
    const server = await startServer(() => undefined);
    await server.close();
    await expect(attempt(server.url)).rejects.toMatchObject({
      code: "MODEL_FAILED",
      detail: `GET ${server.url}/v2/models/m got no answer: nothing listens there (ECONNREFUSED)`,
    });
  });

  test("no such host", async () => {
    await expect(attempt("http://nowhere.invalid")).rejects.toMatchObject({
      code: "MODEL_FAILED",
      detail: expect.stringMatching(
        /^GET http:\/\/nowhere\.invalid\/v2\/models\/m got no answer: /,
      ),
    });
  });

  test("a port that fetch does not use", async () => {
    await expect(attempt("http://127.0.0.1:1")).rejects.toMatchObject({
      detail: expect.stringContaining("fetch does not connect to this port"),
    });
  });

  test("no TLS", async () => {
    await using server = await scripted({ metadata: json({}) });
    await expect(attempt(server.url.replace("http:", "https:"))).rejects.toMatchObject({
      code: "MODEL_FAILED",
      detail: expect.stringContaining("got no answer: TLS did not come about (ERR_SSL_"),
    });
  });

  test.each([
    ["no HTTP", "SSH-2.0-OpenSSH\r\n", "what answers there does not speak HTTP"],
    [
      "a connection that breaks",
      "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{",
      "connection broke",
    ],
  ])("%s", async (_name, text, detail) => {
    const server = createServer((socket) => {
      socket.on("error", () => undefined);
      socket.once("data", () => socket.end(text));
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    try {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      await expect(attempt(url)).rejects.toMatchObject({
        code: "MODEL_FAILED",
        detail: expect.stringContaining(detail),
      });
    } finally {
      server.close();
    }
  });

  test("a redirect is not followed", async () => {
    await using other = await scripted({ metadata: json(metadataOf("FP32")) });
    const headers = { location: `${other.url}/v2/models/m` };
    await using server = await scripted({ metadata: { status: 307, headers, body: "" } });
    const refusal = await refusalOf(() => attempt(server.url, { headers: { "x-key": KEY } }));
    expect(refusal.detail).toContain("wants status 200, got 307: a redirect is not followed");
    expect(other.requests).toEqual([]);
  });
});

/** A server that answers metadata, and then does something slow with a run. */
async function slowServer(begin: (write: (text: string) => boolean) => void) {
  const closed = Promise.withResolvers<void>();
  const began = Promise.withResolvers<void>();
  const server = await startServer(({ path }, response) => {
    if (!path.endsWith("/infer")) {
      return void response.end(JSON.stringify(path === "/v2" ? {} : metadataOf("FP32")));
    }
    response.on("close", () => closed.resolve());
    begin((text) => response.write(text));
    began.resolve();
  });
  return Object.assign(server, { closed: closed.promise, began: began.promise });
}

const STALLS: readonly [name: string, begin: (write: (text: string) => boolean) => void][] = [
  ["before its head", () => undefined],
  ["within its body", (write) => void write('{"outputs":')],
];

describe("a server that stalls", () => {
  test.each(STALLS)(
    "%s runs into timeoutMs, and its connection is closed",
    async (_name, begin) => {
      await using server = await slowServer(begin);
      const model = await openInference(server.url, "m", { timeoutMs: 1500 }).open();
      await expect(model.run(INPUT)).rejects.toMatchObject({
        code: "MODEL_FAILED",
        detail: `POST ${server.url}/v2/models/m/infer got no whole answer within 1500 ms`,
      });
      await server.closed;
    },
  );

  test.each(STALLS)("%s is left when the caller cancels", async (_name, begin) => {
    await using server = await slowServer(begin);
    const model = await openInference(server.url, "m").open();
    const caller = new AbortController();
    const run = expect(model.run(INPUT, { signal: caller.signal })).rejects.toMatchObject({
      code: "CANCELLED",
      detail: "was cancelled by its signal",
    });
    await server.began;
    caller.abort(new Error(KEY));
    await run;
    await server.closed;
  });

  test("is not even asked by a caller who has cancelled", async () => {
    await using server = await scripted({ metadata: json(metadataOf("FP32")) });
    const signal = AbortSignal.abort();
    const model = openInference(server.url, "m");
    await expect(model.open({ signal })).rejects.toMatchObject({ code: "CANCELLED" });
    expect(server.requests).toEqual([]);
    const opened = await model.open();
    await expect(opened.run(INPUT, { signal })).rejects.toMatchObject({ code: "CANCELLED" });
    expect(server.requests.map(({ method }) => method)).not.toContain("POST");
  });
});

describe("a server that floods", () => {
  test("is read up to answerBytesMax and no further", async () => {
    let sent = 0;
    let isOver = false;
    await using server = await slowServer((write) => {
      const flood = () => {
        if (isOver) return;
        sent += 64 * 1024;
        write(" ".repeat(64 * 1024));
        setImmediate(flood);
      };
      flood();
    });
    void server.closed.then(() => (isOver = true));
    const model = await openInference(server.url, "m", { answerBytesMax: 100_000 }).open();
    await expect(model.run(INPUT)).rejects.toMatchObject({
      code: "MODEL_FAILED",
      detail: expect.stringMatching(/infer wants an answer of at most 100000 bytes, got more$/),
    });
    await server.closed;
    expect(sent).toBeGreaterThan(100_000);
  });

  test("is not read at all when it says that it will", async () => {
    const length = { "content-length": "99999999" };
    await using server = await startServer(({ path }, response) => {
      if (!path.endsWith("/infer")) return void response.end(JSON.stringify(metadataOf("FP32")));
      response.writeHead(200, length).write("{");
    });
    await expect(attempt(server.url)).rejects.toMatchObject({
      detail: expect.stringContaining("wants an answer of at most 67108864 bytes, got more"),
    });
  });

  test.each([
    ["as many as the bound", 0, undefined],
    ["one byte more", 1, "wants an answer of at most 2048 bytes, got more"],
  ])("%s", async (_name, more, detail) => {
    const text = outputs(output()).body as string;
    const infer = { body: text.padEnd(2048 + more) };
    await using server = await scripted({ metadata: json(metadataOf("FP32")), infer });
    const run = () => attempt(server.url, { answerBytesMax: 2048 });
    if (detail) expect((await refusalOf(run)).detail).toContain(detail);
    else expect(await run()).toEqual(INPUT);
  });
});

// Each way to fail, with a server that repeats what it was sent.
const ECHOES: readonly [name: string, script: Script][] = [
  ["an error that repeats it", { metadata: { status: 401, ...json({ error: `bad key ${KEY}` }) } }],
  ["half of it at the end of a line", { metadata: { body: ` ${KEY}`.padStart(2 ** 14 + 9) } }],
  ["a body that is no JSON", { metadata: { body: `Bearer ${KEY}` } }],
  ["a name that is the key", { metadata: json({ inputs: [{ name: KEY, datatype: KEY }] }) }],
  ["keys of a dict", { metadata: json({ inputs: { [KEY]: 1 } }) }],
  ["a redirect to it", { metadata: { status: 302, headers: { location: `/${KEY}` }, body: "" } }],
  [
    "outputs named so",
    { metadata: json(metadataOf("FP32")), infer: outputs(output({ name: KEY })) },
  ],
  ["an id", { metadata: json(metadataOf("FP32")), infer: json({ id: KEY, outputs: [] }) }],
];

describe("keys", () => {
  test.each(ECHOES)("are in no refusal: %s", async (_name, script) => {
    await using server = await scripted(script);
    const headers = { authorization: `Bearer ${KEY}` };
    const inHeader = await refusalOf(() => attempt(server.url, { headers }));
    const inQuery = await refusalOf(() => attempt(`${server.url}/?key=${KEY}`));
    for (const refusal of [inHeader, inQuery]) {
      expect(`${refusal.stack} ${JSON.stringify(refusal)}`).not.toContain(HALF);
      expect(refusal.cause).toBeUndefined();
    }
    const sent = server.requests.map((request) => JSON.stringify(request));
    expect(sent.every((request) => request.includes(KEY))).toBe(true);
  });

  test("are in no model that is shown", async () => {
    await using server = await scripted({ metadata: json(metadataOf("FP32")) });
    const model = openInference(server.url, "m", { headers: { "x-key": KEY } });
    const { inspect } = await import("node:util");
    for (const one of [model, await model.open()]) {
      expect(inspect(one, { depth: 9, showHidden: true }) + JSON.stringify(one)).not.toContain(KEY);
    }
  });
});

const OPTIONS: readonly [name: string, call: () => unknown, path: string, detail: string][] = [
  [
    "no URL",
    () => openInference("localhost:8000", "m"),
    "url",
    "http or https URL, got localhost:",
  ],
  ["a path", () => openInference("/v2", "m"), "url", "got a string that is none"],
  [
    "a file",
    () => openInference("file:///etc", "m"),
    "url",
    "wants an http or https URL, got file:",
  ],
  ["a number", () => openInference(8000 as never, "m"), "url", "got number 8000"],
  [
    "a password",
    () => openInference(`http://u:${KEY}@h`, "m"),
    "url",
    "wants no user and password",
  ],
  ["no model", () => openInference("http://h", ""), "model", "wants a name of 1 to 256 characters"],
  ["a way up", () => openInference("http://h", ".."), "model", 'got string ".."'],
  [
    "a long model",
    () => openInference("http://h", "m".repeat(257)),
    "model",
    "wants a name of 1 to",
  ],
  ["half a letter", () => openInference("http://h", "\ud800"), "model", "wants a name of 1 to 256"],
  [
    "null",
    () => openInference("http://h", "m", null as never),
    "options",
    "wants a dict, got null",
  ],
  [
    "a slip",
    () => openInference("http://h", "m", { timeoutMS: 1 } as never),
    "options.timeoutMS",
    'is no option; did you mean "timeoutMs"?',
  ],
  [
    "a way up",
    () => openInference("http://h", "m", { version: "." }),
    "options.version",
    "wants a name",
  ],
  [
    "0 ms",
    () => openInference("http://h", "m", { timeoutMs: 0 }),
    "options.timeoutMs",
    "from 1 to 300000, got number 0",
  ],
  [
    "too long",
    () => openInference("http://h", "m", { timeoutMs: 300_001 }),
    "options.timeoutMs",
    "from 1 to 300000",
  ],
  [
    "too little",
    () => openInference("http://h", "m", { answerBytesMax: 9 }),
    "options.answerBytesMax",
    "from 1024 to",
  ],
  [
    "a string",
    () => openInference("http://h", "m", { binary: "yes" as never }),
    "options.binary",
    "wants true or false",
  ],
  [
    "1",
    () => openInference("http://h", "m", { text: 1 as never }),
    "options.text",
    "wants true or false",
  ],
  [
    "a list",
    () => openInference("http://h", "m", { headers: [] as never }),
    "options.headers",
    "wants a dict of strings",
  ],
  [
    "a line feed",
    () => openInference("http://h", "m", { headers: { "x-key": `${KEY}\n` } }),
    'options.headers["x-key"]',
    "wants a string of one line in Latin-1",
  ],
  [
    "a number",
    () => openInference("http://h", "m", { headers: { a: 1 as never } }),
    "options.headers.a",
    "wants a string of one line",
  ],
  [
    "a space",
    () => openInference("http://h", "m", { headers: { "a b": "" } }),
    'options.headers["a b"]',
    "is not the name of a header",
  ],
  [
    "ours",
    () => openInference("http://h", "m", { headers: { "Content-Type": "x" } }),
    'options.headers["Content-Type"]',
    "is not yours to set",
  ],
];

describe("openInference()", () => {
  test.each(OPTIONS)("refuses %s", async (_name, call, path, detail) => {
    const refusal = await refusalOf(async () => call());
    expect(refusal).toMatchObject({ code: "BAD_REQUEST", path });
    expect(refusal.detail).toContain(detail);
    expect(refusal.message).not.toContain(KEY);
  });
});
