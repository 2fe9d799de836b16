/**
 * The code that a bundle begins with: the world comes in, the doors of the library go out.
 *
 * @module
 */

/** Returns the entry of a file like those of `allowlist/`, whose default export is a `Library`. */
export function entryFile(path: string): string {
  return `
    import library from ${JSON.stringify(path)};
    export default (world) => ({
      exports: library.load(world),
      toTensor: (value) => library.toTensor?.(value, world),
      toPlain: (value) => library.toPlain?.(value, world),
      toNumbers: (value) => library.toNumbers?.(value, world),
    });
  `;
}

/**
 * Returns the entry of an npm package as it is.
 *
 * A module whose one export is the default one is that export, as `require` gives it for a package
 * that was written before there were others.
 */
export function entryPackage(name: string): string {
  return `
    export default () => {
      const all = require(${JSON.stringify(name)});
      const names = Object.keys(all).filter((one) => one !== "__esModule");
      return { exports: names.length === 1 && names[0] === "default" ? all.default : all };
    };
  `;
}
