# workerd's HTTP server: `workerd serve --socket-addr http=127.0.0.1:<port> workerd.capnp`.

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(name = "main", worker = .worker)],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);

const worker :Workerd.Worker = (
  modules = [
    (name = "worker", esModule = embed "workerd-worker.js"),
    (name = "peer-function.js", esModule = embed "peer-function.js"),
  ],
  compatibilityDate = "2026-11-01",
);
