/**
 * Goal: the types of `bookend/hook` and of the package's front door say what they should. Method:
 * this file is compiled (`npm run types`) and never run; a line that must not compile says so.
 */

import type {
  HookFile,
  JimpImage,
  JimpModule,
  NdArray,
  NumJs,
  NumberLists,
  Post,
  Pre,
} from "../../src/hook.ts";
import {
  type CallResult,
  createRuntime,
  type FaultCode,
  type Hook,
  type HookError,
  list,
  type PostHook,
  type PreHook,
  type Receipt,
  type Schema,
  Tensor as PublicTensor,
  tensor,
} from "../../src/index.ts";

type Same<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
declare function same<A, B>(holds: Same<A, B>): void;
declare function given<T>(): T;

/** What `require` gives for each name; of other names `@types/node` knows no more than before. */
export function libraries(): void {
  same<NumJs, typeof nj>(true);
  const nj = require("numjs");
  const [numpy, np] = [require("numpy"), require("np")];
  same<NumJs, typeof numpy | typeof np>(true);
  const [jimp, pillow] = [require("jimp"), require("Pillow")];
  const [PIL, lower] = [require("PIL"), require("pillow")];
  same<JimpModule, typeof jimp | typeof pillow | typeof PIL | typeof lower>(true);
}

export async function arrays(): Promise<void> {
  const nj = require("numpy");
  const rows = nj.array(
    [
      [1, 2],
      [3, 4],
    ],
    "float32",
  );
  same<NdArray, typeof rows>(true);
  const [best, bestOfRow] = [nj.argmax(rows), nj.argmax(rows, 1)];
  same<number, typeof best>(true);
  same<NdArray, typeof bestOfRow>(true);
  const kept = rows.max({ keepdims: true });
  same<NdArray, typeof kept>(true);
  const lists = nj.softmax(new Tensor("float32", [1], new Float32Array(1))).tolist();
  same<NumberLists, typeof lists>(true);
  nj.array(new Uint8Array(4)).divide(255).add([1, 2]);
  // @ts-expect-error A string holds no numbers.
  nj.array("1 2 3");
  // @ts-expect-error There is no such dtype.
  nj.zeros([2, 2], "float128");
  // @ts-expect-error There is no such function, so what is there cannot be called.
  nj.argmaxx(rows);
}

export async function images(): Promise<void> {
  const { Jimp, rgbaToInt, defaultPlugins } = require("PIL");
  same<undefined, typeof defaultPlugins>(true);
  const image = await Jimp.fromBuffer(given<HookFile>());
  same<JimpImage, typeof image>(true);
  image
    .resize({ w: 64 })
    .greyscale()
    .setPixelColor(rgbaToInt(1, 2, 3, 4), 0, 0);
  same<Uint8Array, typeof image.bitmap.data>(true);
  // @ts-expect-error There is no file to open: bytes only.
  await Jimp.read("cat.jpg");
  // @ts-expect-error A size has a width or a height.
  image.resize({});
  // @ts-expect-error There is no file to write.
  await image.write("cat.png");
}

/** The global `Tensor` is the class that the package exports. */
export function tensors(): void {
  same<typeof Tensor, typeof PublicTensor>(true);
  same<Tensor<"int8">, PublicTensor<"int8">>(true);
  const data = new Tensor("int64", [1], new BigInt64Array(1)).data;
  data satisfies BigInt64Array;
  // @ts-expect-error The elements of float32 are in a Float32Array.
  given<typeof Tensor>().from([1], "float32").data satisfies Float64Array;
}

export async function hooks(): Promise<void> {
  const pre: Pre<string[]> = (data, files) => data.map((label, i) => [label, files[i]?.name]);
  const short: Pre = async (data) => data;
  const post: Post<Tensor, object, string[]> = (result, inputData, files) => ({
    [inputData[0] ?? ""]: [result.shape, files.length],
  });
  // @ts-expect-error A pre has two parameters at most.
  const long: Pre = (data, files, more) => [data, files, more];
  // @ts-expect-error What the hook gives is declared as a number.
  const wrong: Pre<string, number> = (data) => data;
  // @ts-expect-error Data that nobody has declared is unknown.
  const unsure: Pre = (data) => data.length;

  await using runtime = await createRuntime();
  const [first, last] = [
    await runtime.register({ kind: "pre", source: pre }),
    await runtime.register({ kind: "post", source: post }),
  ];
  same<PreHook, typeof first>(true);
  same<PostHook, typeof last>(true);
  for (const source of [short, long, wrong, unsure])
    await runtime.register({ kind: "pre", source });
  await using either = await runtime.register({
    kind: given<"pre" | "post">(),
    source: "(d) => d",
  });
  same<Hook, typeof either>(true);
}

export async function calls(pre: PreHook, post: PostHook): Promise<void> {
  const file = { data: new Uint8Array(1), name: "a.png", type: "image/png" };
  const result = await pre.call(["a"], [file, new Uint8Array(1), new ArrayBuffer(1)]);
  same<CallResult, typeof result>(true);
  same<unknown, typeof result.value>(true);
  await post.call([0.5], ["a"], [file], { signal: AbortSignal.timeout(5) });
  // @ts-expect-error A call has something to work on.
  await pre.call();
  // @ts-expect-error A path is not opened: files are bytes.
  await pre.call(["a"], ["a.png"]);
  // @ts-expect-error A pre has no input data beside its data.
  await pre.call([0.5], ["a"], [file]);
}

export function options(): void {
  // @ts-expect-error There is no such kind.
  void createRuntime().then((runtime) => runtime.register({ kind: "mid", source: "(d) => d" }));
  // @ts-expect-error There is no such option.
  void createRuntime({ threads: 2 });
  // @ts-expect-error There is no such limit.
  void createRuntime({ limits: { wallSeconds: 1 } });
}

export function answers(error: HookError, receipt: Receipt): void {
  same<FaultCode, typeof error.code>(true);
  same<Receipt | undefined, typeof error.receipt>(true);
  same<number, typeof receipt.wallMs>(true);
  same<boolean, typeof receipt.warm>(true);
  // @ts-expect-error No such code.
  if (error.code === "HOOK_SLOW") return;
  // @ts-expect-error A receipt is not changed.
  receipt.totalMs = 0;
  // @ts-expect-error Nor is a fault.
  error.code = "HOOK_THREW";
}

export function schemas(): void {
  same<Schema, ReturnType<typeof tensor>>(true);
  list(tensor("bfloat16", ["batch", null, -1, 3]), { minItems: 1 });
  // @ts-expect-error There is no such dtype.
  tensor("float", [1]);
  // @ts-expect-error An axis is a number, a name or null.
  tensor("float32", [true]);
}
