// A reader of the text format of Prometheus 0.0.4, written from its specification: strict, so that
// what it reads a scraper reads as well.

/** One line of values. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Exposition {
  readonly samples: readonly Sample[];
  /** The type of each metric, by its name. */
  readonly types: ReadonlyMap<string, string>;
  /** Returns the value of the one sample with exactly these labels. */
  value(name: string, labels?: Readonly<Record<string, string>>): number | undefined;
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*/;
const LABEL = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"/;

/** Reads a whole text, and throws at the first line that is none of the format's. */
export function readExposition(text: string): Exposition {
  if (text !== "" && !text.endsWith("\n")) throw new Error("no line feed at the end");
  const samples: Sample[] = [];
  const types = new Map<string, string>();
  const helped = new Set<string>();
  const seen = new Set<string>();
  for (const line of text.split("\n")) {
    const [mark, keyword, name = "", ...rest] = line.split(" ");
    if (line === "") continue;
    if (mark === "#" && keyword === "HELP") {
      if (helped.has(name)) throw new Error(`help twice: ${line}`);
      helped.add(name);
    } else if (mark === "#" && keyword === "TYPE") {
      const isKind = /^(counter|gauge|histogram|summary|untyped)$/.test(rest.join(" "));
      if (!isKind || types.has(name)) throw new Error(`no type: ${line}`);
      types.set(name, rest[0] ?? "");
    } else if (!line.startsWith("#")) {
      const sample = readSample(line);
      const key = JSON.stringify([sample.name, Object.entries(sample.labels).toSorted()]);
      if (seen.has(key)) throw new Error(`twice: ${line}`);
      seen.add(key);
      samples.push(sample);
    }
  }
  const value: Exposition["value"] = (name, labels = {}) =>
    samples.find((one) => one.name === name && isSame(one.labels, labels))?.value;
  return { samples, types, value };
}

function readSample(line: string): Sample {
  const [name] = NAME.exec(line) ?? [];
  if (name === undefined) throw new Error(`no name: ${line}`);
  let rest = line.slice(name.length);
  const labels: Record<string, string> = {};
  if (rest.startsWith("{")) {
    rest = rest.slice(1);
    while (!rest.startsWith("}")) {
      const [whole, label, value] = LABEL.exec(rest) ?? [];
      if (whole === undefined || label === undefined) throw new Error(`no label: ${line}`);
      labels[label] = (value ?? "").replaceAll(/\\(.)/g, (_, one) => (one === "n" ? "\n" : one));
      rest = rest.slice(whole.length).replace(/^,/, "");
    }
    rest = rest.slice(1);
  }
  const number = /^ +(\S+)$/.exec(rest)?.[1];
  if (number === undefined) throw new Error(`no value: ${line}`);
  return { name, labels, value: numberFrom(number, line) };
}

/** Numbers are what Go's ParseFloat takes, which does not look at the case of letters. */
function numberFrom(text: string, line: string): number {
  if (/^[+]?inf$/i.test(text)) return Infinity;
  if (/^-inf$/i.test(text)) return -Infinity;
  if (/^nan$/i.test(text)) return Number.NaN;
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return Number(text);
  throw new Error(`no number: ${line}`);
}

function isSame(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  return (
    Object.keys(a).length === Object.keys(b).length &&
    Object.entries(a).every(([key, value]) => b[key] === value)
  );
}
