/**
 * Our keywords as Ajv takes them: code that is generated inline, so that a list of a million
 * numbers is one loop without a call.
 *
 * @module
 */

import { _, type Code, type CodeKeywordDefinition, type KeywordCxt, Name } from "ajv/dist/2020.js";
import { and, not, or } from "ajv/dist/compile/codegen/index.js";
import { Type } from "ajv/dist/compile/util.js";
import { isDict } from "./misfit-words.ts";
import { tensorSpecFrom } from "./axes.ts";
import { patternFrom } from "./pattern.ts";
import { isMultiple, keyOf, type Run } from "./run.ts";

/** Variables of the functions that Ajv generates. */
const INSTANCE_PATH = new Name("instancePath");
const ERRORS = new Name("errors");

const FREE = { spend: () => undefined };

/** What our error objects carry beside Ajv's own: nothing, or what the words need. */
type ErrorDefinition = NonNullable<CodeKeywordDefinition["error"]>;
const PLAIN: ErrorDefinition = { message: "", params: () => _`{}` };
const COUNTED: ErrorDefinition = {
  message: "",
  params: ({ params }) => _`{count: ${params["count"]}}`,
};

/**
 * Returns the keywords, in the order in which they are checked: before all of Ajv's own.
 *
 * @param run What the generated code reads and writes; one for each Ajv instance.
 */
export function keywordsFor(run: Run): CodeKeywordDefinition[] {
  const own = (cxt: KeywordCxt) => cxt.gen.scopeValue("obj", { ref: run });
  const define = (
    keyword: string,
    code: (cxt: KeywordCxt) => void,
    error = PLAIN,
  ): CodeKeywordDefinition => ({ keyword, code, before: "$ref", error });
  const clash: ErrorDefinition = {
    message: "",
    params: ({ gen }) => _`{clash: ${gen.scopeValue("obj", { ref: run })}.clash}`,
  };
  return [
    define("step", (cxt) => step(cxt, own(cxt))),
    define("kind", (cxt) => cxt.pass(or(_`false`, ...kindsOf(cxt)))),
    define("bytes", (cxt) => cxt.pass(_`${cxt.data} instanceof Uint8Array`)),
    define("tensor", (cxt) => cxt.pass(tensorCode(cxt, own(cxt))), clash),
    define("range", range),
    define("length", (cxt) => {
      const { minLength = 0, maxLength = 2 ** 31 } = cxt.schema as Record<string, number>;
      const fits = _`${own(cxt)}.length(${cxt.data}, ${minLength}, ${maxLength})`;
      cxt.pass(_`typeof ${cxt.data} !== "string" || ${fits}`);
    }),
    define("match", (cxt) => {
      const ref = patternFrom(cxt.schema as string, "");
      const pattern = cxt.gen.scopeValue("obj", { ref });
      cxt.pass(_`typeof ${cxt.data} !== "string" || ${own(cxt)}.match(${cxt.data}, ${pattern})`);
    }),
    define("among", (cxt) => among(cxt, own(cxt))),
    define("equals", (cxt) => among(cxt, own(cxt))),
    define("unique", (cxt) => unique(cxt, own(cxt)), COUNTED),
    { ...define("contains", (cxt) => contains(cxt, own(cxt)), COUNTED), trackErrors: true },
    define("attempt", (cxt) => branch(cxt, own(cxt))),
    define("trial", (cxt) => branch(cxt, own(cxt), true)),
  ];
}

/** Charges one visit, and the loops in it when others loop over the same value. */
function step(cxt: KeywordCxt, run: Name): void {
  const { weight, loops } = cxt.schema as { weight: number; loops: boolean };
  cxt.gen.code(_`if ((${run}.steps -= ${weight}) < 0) ${run}.exhausted()`);
  if (loops) {
    cxt.gen.if(_`typeof ${cxt.data} === "object"`, () => {
      cxt.gen.code(_`${run}.spendLoop(${cxt.data})`);
    });
  }
}

function kindsOf(cxt: KeywordCxt): Code[] {
  return (cxt.schema as string[]).map((kind) => kindCode(cxt, kind));
}

function kindCode({ data, gen }: KeywordCxt, kind: string): Code {
  switch (kind) {
    case "null":
      return _`${data} === null`;
    case "array":
      return _`Array.isArray(${data})`;
    case "number":
      return _`typeof ${data} === "number" || typeof ${data} === "bigint"`;
    case "integer":
      return _`Number.isInteger(${data}) || typeof ${data} === "bigint"`;
    case "object":
      return _`${gen.scopeValue("func", { ref: isDict })}(${data})`;
    default:
      return _`typeof ${data} === ${kind}`;
  }
}

function tensorCode(cxt: KeywordCxt, run: Name): Code {
  const spec = cxt.gen.scopeValue("obj", { ref: tensorSpecFrom(cxt.schema, "") });
  const { errorPath } = cxt.it;
  const pointer = String(errorPath) === "" ? INSTANCE_PATH : _`${INSTANCE_PATH} + ${errorPath}`;
  return _`${run}.tensor(${cxt.data}, ${spec}, ${pointer})`;
}

/** Written so that NaN, which compares with nothing, fits no range. */
function range(cxt: KeywordCxt): void {
  const { data, gen } = cxt;
  const limits = cxt.schema as Record<string, number>;
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = limits;
  const rules: Code[] = [];
  if (minimum !== undefined) rules.push(_`${data} >= ${minimum}`);
  if (maximum !== undefined) rules.push(_`${data} <= ${maximum}`);
  if (exclusiveMinimum !== undefined) rules.push(_`${data} > ${exclusiveMinimum}`);
  if (exclusiveMaximum !== undefined) rules.push(_`${data} < ${exclusiveMaximum}`);
  if (multipleOf !== undefined) {
    rules.push(_`${gen.scopeValue("func", { ref: isMultiple })}(${data}, ${multipleOf})`);
  }
  const isNumber = _`typeof ${data} === "number" || typeof ${data} === "bigint"`;
  cxt.pass(or(not(_`(${isNumber})`), and(...rules)));
}

function among(cxt: KeywordCxt, run: Name): void {
  const values = cxt.schema as unknown[];
  const ref = new Set(values.map((value) => keyOf(value, FREE)));
  const hasNested = values.some((value) => typeof value === "object" && value !== null);
  const keys = cxt.gen.scopeValue("obj", { ref });
  cxt.pass(_`${run}.among(${cxt.data}, ${keys}, ${hasNested})`);
}

function unique(cxt: KeywordCxt, run: Name): void {
  const i = cxt.gen.let("i", -1);
  cxt.gen.if(_`Array.isArray(${cxt.data})`, () => {
    cxt.gen.assign(i, _`${run}.repeated(${cxt.data})`);
  });
  cxt.setParams({ count: i });
  cxt.pass(_`${i} === -1`);
}

/** Ajv's own keeps an error for each item that does not fit: of a million, a million. */
function contains(cxt: KeywordCxt, run: Name): void {
  const { gen, data, it, parentSchema } = cxt;
  const { minContains = 1, maxContains = Infinity } = parentSchema as Record<string, number>;
  it.items = true;
  const count = gen.let("count", 0);
  gen.if(_`Array.isArray(${data})`, () => {
    gen.forRange("i", 0, _`${data}.length`, (i) => {
      const mark = gen.const("mark", _`${run}.mark()`);
      const valid = gen.name("valid");
      const quiet = { compositeRule: true, createErrors: false, allErrors: false } as const;
      cxt.subschema({ keyword: "contains", dataProp: i, dataPropType: Type.Num, ...quiet }, valid);
      gen.if(valid, _`${count}++`, () => gen.code(_`${run}.rollback(${mark})`));
      cxt.reset();
    });
  });
  cxt.setParams({ count });
  const most = maxContains === Infinity ? _`true` : _`${count} <= ${maxContains}`;
  cxt.pass(_`!Array.isArray(${data}) || (${count} >= ${minContains} && ${most})`);
}

/** Lays a schema over the value, and takes back the axes it bound: when it fails, or `always`. */
function branch(cxt: KeywordCxt, run: Name, always = false): void {
  const { gen } = cxt;
  const mark = gen.const("mark", _`${run}.mark()`);
  const valid = gen.name("valid");
  const inner = cxt.subschema({ keyword: cxt.keyword }, valid);
  gen.if(not(valid), () => gen.code(_`${run}.failed(${mark}, ${ERRORS})`));
  if (always) gen.code(_`${run}.rollback(${mark})`);
  cxt.mergeEvaluated(inner);
  cxt.ok(valid);
}
