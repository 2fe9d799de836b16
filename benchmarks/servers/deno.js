// Deno's HTTP server: `deno run --allow-net deno.js <port>`.

import { answer } from "./peer-function.js";

Deno.serve({ hostname: "127.0.0.1", port: Number(Deno.args[0]), onListen() {} }, answer);
