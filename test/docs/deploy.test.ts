// docs/deploy as far as it can be held without an engine and a cluster: manifests against the schemas
// of the Kubernetes API, the Dockerfile by a linter, and what must agree with each other and with
// Bookend's own numbers.

import { execFileSync } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { DockerfileParser } from "dockerfile-ast";
import { validate } from "dockerfile-utils";
import { Deployment, type IDeployment } from "kubernetes-models/apps/v1/Deployment";
import {
  type INetworkPolicy,
  NetworkPolicy,
} from "kubernetes-models/networking.k8s.io/v1/NetworkPolicy";
import { Namespace } from "kubernetes-models/v1/Namespace";
import { PersistentVolumeClaim } from "kubernetes-models/v1/PersistentVolumeClaim";
import { Secret } from "kubernetes-models/v1/Secret";
import { type IService, Service } from "kubernetes-models/v1/Service";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";

import { LIMITS } from "../../src/limits.ts";
import { serverConfigFrom } from "../../src/server/config.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const FOLDER = join(ROOT, "docs/deploy");
const BASE = join(FOLDER, "kubernetes/base");

function read(...path: string[]): string {
  return readFileSync(join(FOLDER, ...path), "utf8");
}

/** What YAML 1.1 and 1.2 read alike, for a number: readers in the cluster know the first only. */
function yaml<T>(...path: string[]): T {
  const text = read(...path);
  const both = [parse(text, { version: "1.1" }), parse(text)] as [T, T];
  expect(both[0], path.join("/")).toEqual(both[1]);
  return both[1];
}

const MODELS = {
  Deployment: { model: Deployment, path: "apps/v1" },
  NetworkPolicy: { model: NetworkPolicy, path: "networking.k8s.io/v1" },
  Namespace: { model: Namespace, path: "v1" },
  PersistentVolumeClaim: { model: PersistentVolumeClaim, path: "v1" },
  Secret: { model: Secret, path: "v1" },
  Service: { model: Service, path: "v1" },
} as const;

interface Manifest {
  readonly kind: keyof typeof MODELS;
  readonly apiVersion: string;
}

const FILES = globSync("*/*.yaml", { cwd: join(FOLDER, "kubernetes") })
  .filter((path) => !path.endsWith("kustomization.yaml"))
  .sort();
const manifests = FILES.map((path) => ({ path, manifest: yaml<Manifest>("kubernetes", path) }));

/** Holds objects to the types of the API, in which a name that is none is an error. */
function typeErrors(objects: readonly Manifest[]): string {
  const folder = mkdtempSync(join(tmpdir(), "bookend-deploy-"));
  try {
    symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
    const lines = objects.map((object, i) => {
      const { kind } = object;
      const type = `import("kubernetes-models/${MODELS[kind].path}/${kind}").I${kind}`;
      return `export const object${i}: ${type} = ${JSON.stringify(object)};`;
    });
    writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
    writeFileSync(join(folder, "objects.ts"), lines.join("\n"));
    const typescript = dirname(createRequire(import.meta.url).resolve("typescript/package.json"));
    const options = ["--noEmit", "--strict", "--skipLibCheck", "--module", "nodenext"];
    const args = [join(typescript, "bin/tsc"), ...options, "--types", "", "objects.ts"];
    execFileSync(process.execPath, args, { cwd: folder, encoding: "utf8" });
    return "";
  } catch (error) {
    const { stdout } = error as { readonly stdout?: string };
    if (stdout) return stdout;
    throw error;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const deployment = yaml<IDeployment>("kubernetes/base/deployment.yaml");
const pod = deployment.spec?.template.spec;
const container = pod?.containers[0];
const portNames = container?.ports?.map(({ name }) => name) ?? [];

describe("manifests", () => {
  test.each(manifests)("$path keeps to the schema of its kind", ({ path, manifest }) => {
    const { model: Model } = MODELS[manifest.kind];
    // A patch is a part of an object, which kustomize lays over the whole.
    if (path.startsWith("bubblewrap")) return;
    expect(() => new Model(manifest as never).validate()).not.toThrow();
    expect(manifest.apiVersion).toBe(Model.apiVersion);
  });

  test("no file has a field that the API does not", () => {
    const whole = manifests.filter(({ path }) => path.startsWith("base"));
    expect(typeErrors(whole.map(({ manifest }) => manifest))).toBe("");
  });

  test("the patch has no field that the API does not, where it is laid over the whole", () => {
    const patch = yaml<IDeployment>("kubernetes/bubblewrap/jail.yaml");
    const patched = structuredClone(deployment) as unknown as Manifest & IDeployment;
    const spec = patched.spec?.template.spec as { securityContext: object };
    Object.assign(spec.securityContext, patch.spec?.template.spec?.securityContext);
    expect(typeErrors([patched])).toBe("");
    expect(patch.metadata).toEqual({ name: "bookend", namespace: "bookend" });
  });

  test("the check finds a field that is none, and a value of another type", () => {
    const { spec, ...rest } = yaml<Manifest & { spec: object }>("kubernetes/base/service.yaml");
    expect(typeErrors([{ ...rest, spec: { ...spec, portz: [] } } as Manifest])).toContain("portz");
    const wrong = { ...rest, spec: { ports: [{ port: "7070" }] } };
    expect(() => new Service(wrong as never).validate()).toThrow("port must be integer");
  });

  test("the base names every file but the one that is to be read only", () => {
    const { resources } = yaml<{ resources: string[] }>("kubernetes/base/kustomization.yaml");
    const there = globSync("*.yaml", { cwd: BASE });
    expect([...resources, "keys.yaml", "kustomization.yaml"].sort()).toEqual(there.sort());
  });

  test("who is selected is the pod", () => {
    const { labels } = deployment.spec?.template.metadata ?? {};
    const policy = yaml<INetworkPolicy>("kubernetes/base/network.yaml");
    const { spec } = yaml<IService>("kubernetes/base/service.yaml");
    expect(labels).toEqual({ "app.kubernetes.io/name": "bookend" });
    expect(deployment.spec?.selector.matchLabels).toEqual(labels);
    expect(policy.spec?.podSelector?.matchLabels).toEqual(labels);
    expect(spec?.selector).toEqual(labels);
    expect(spec?.ports?.map(({ targetPort }) => targetPort)).toEqual(portNames);
    expect(policy.spec?.ingress?.[0]?.ports?.map(({ port }) => port)).toEqual(portNames);
    expect(policy.spec?.policyTypes).toEqual(["Ingress", "Egress"]);
  });

  test("nobody comes in, or is reached, but whom a rule names", () => {
    const { spec } = yaml<INetworkPolicy>("kubernetes/base/network.yaml");
    const peers = [
      ...(spec?.ingress ?? []).map(({ from, ports }) => ({ peers: from, ports })),
      ...(spec?.egress ?? []).map(({ to, ports }) => ({ peers: to, ports })),
    ];
    // A rule without peers, or without ports, means everybody, or all.
    for (const { peers: some, ports } of peers) {
      expect(ports?.length).toBeGreaterThan(0);
      expect(some?.length).toBeGreaterThan(0);
      for (const peer of some ?? []) {
        expect(Object.keys(peer.namespaceSelector?.matchLabels ?? {}).length).toBe(1);
      }
    }
  });

  test("the pod has no rights that it does not need", () => {
    expect(pod).toMatchObject({
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, runAsUser: 10001, seccompProfile: expect.anything() },
    });
    expect(container?.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    });
    expect(Object.keys(container?.resources?.limits ?? {})).toEqual(
      expect.arrayContaining(["cpu", "memory", "ephemeral-storage"]),
    );
  });

  test("every mount has its volume, and every volume its mount", () => {
    const mounts = container?.volumeMounts?.map(({ name }) => name) ?? [];
    expect(mounts.sort()).toEqual(pod?.volumes?.map(({ name }) => name).sort());
    const memory = pod?.volumes?.find(({ name }) => name === "memory");
    expect(container?.volumeMounts).toContainEqual({ name: "memory", mountPath: "/dev/shm" });
    expect(memory?.emptyDir).toEqual({ medium: "Memory", sizeLimit: "2Gi" });
  });

  test("probes ask the paths that the door has, and the end is later than the drain", () => {
    expect(container?.livenessProbe?.httpGet).toMatchObject({ path: "/healthz", port: "https" });
    expect(container?.readinessProbe?.httpGet).toMatchObject({ path: "/readyz", port: "https" });
    const stopS = container?.lifecycle?.preStop?.sleep?.seconds ?? 0;
    const graceS = pod?.terminationGracePeriodSeconds ?? 0;
    expect(graceS).toBeGreaterThan(stopS + LIMITS.drainMs.default / 1000);
  });

  test("no key is in a secret", () => {
    const { stringData, ...rest } = yaml<{ stringData: object }>("kubernetes/base/keys.yaml");
    expect(stringData).toEqual({ "keys.json": '{ "keys": [] }' });
    expect(rest).not.toHaveProperty("data");
  });
});

interface Configuration {
  readonly rpc: { readonly tls: { readonly port: number; keyFile: string; certFile: string } };
  readonly http: { readonly port: number; readonly tls?: object };
  readonly data: string;
  readonly keys: string;
  readonly jail: string;
}

describe("configurations", () => {
  const of = (...path: string[]) => JSON.parse(read(...path)) as Configuration;
  const mountOf = (path: string) =>
    container?.volumeMounts?.find(({ mountPath }) => mountPath === dirname(path))?.name;

  test.each(["serve.json", "kubernetes/base/serve.json", "kubernetes/bubblewrap/serve.json"])(
    "the server reads all of %s",
    (path) => {
      const said = of(path);
      expect(serverConfigFrom(join(FOLDER, path))).toMatchObject({ ...said });
    },
  );

  test("the ports are those of the manifests, and each file lies in a mount", () => {
    const { rpc, http, data, keys } = of("kubernetes/base/serve.json");
    const ports = container?.ports?.map(({ containerPort }) => containerPort);
    expect([rpc.tls.port, http.port]).toEqual(ports);
    expect(http.tls).toEqual({ keyFile: rpc.tls.keyFile, certFile: rpc.tls.certFile });
    expect(container?.volumeMounts).toContainEqual({ name: "data", mountPath: data });
    expect([mountOf(keys), mountOf(rpc.tls.keyFile)]).toEqual(["keys", "tls"]);
  });

  test("the cluster's two differ in the jail, and in nothing else", () => {
    const [base, jailed] = ["base", "bubblewrap"].map((name) =>
      of(`kubernetes/${name}/serve.json`),
    );
    expect(base?.jail).toBe("auto");
    expect(jailed).toEqual({ ...base, jail: "required" });
  });

  test("compose mounts what the configuration names, and gives no rights", () => {
    const { services } = yaml<{ services: { bookend: Record<string, unknown> } }>("compose.yaml");
    const { bookend } = services;
    expect(bookend).toMatchObject({ read_only: true, cap_drop: ["ALL"], user: "10001:10001" });
    expect(bookend["security_opt"]).toEqual(["no-new-privileges:true"]);
    expect(bookend).not.toHaveProperty("privileged");
    const targets = (bookend["volumes"] as string[]).map((volume) => volume.split(":")[1]);
    const { rpc, data, keys } = of("serve.json");
    const files = [dirname(rpc.tls.keyFile), dirname(keys), data, "/etc/bookend/serve.json"];
    expect(targets.sort()).toEqual(files.sort());
  });
});

describe("Dockerfile", () => {
  const text = read("Dockerfile");
  const instructions = DockerfileParser.parse(text).getInstructions();
  const of = (keyword: string) =>
    instructions
      .filter((one) => one.getInstruction() === keyword)
      .map((one) => one.getArgumentsContent());

  test("the linter finds nothing", () => {
    expect(validate(text)).toEqual([]);
    expect(validate(`${text}\nRUNN x\n`)).toMatchObject([{ message: "Unknown instruction: RUNN" }]);
  });

  test("it ends as nobody, on a base with a version", () => {
    expect(of("USER")).toEqual(["10001:10001"]);
    expect(of("FROM")).toEqual(["node:${NODE} AS build", "node:${NODE}"]);
    expect(of("ARG")[0]).toMatch(/^NODE=24\.\d+\.\d+-bookworm-slim$/);
    expect(of("ADD")).toEqual([]);
  });

  test("it has a health check, both ports, and serves with the configuration", () => {
    expect(of("HEALTHCHECK")).toEqual([expect.stringContaining("http://127.0.0.1:8080/healthz")]);
    expect(of("EXPOSE")).toEqual(["7070 8080"]);
    expect(of("CMD")).toEqual(['["serve", "--config", "/etc/bookend/serve.json"]']);
  });

  test("it has no secret, and copies only what was made", () => {
    expect(text).not.toMatch(/password|token|BEGIN|_KEY/i);
    expect(text.match(/^COPY (?!--from=build ).*$/gm)).toEqual(["COPY . ."]);
  });
});
