/**
 * Text for a terminal: coloured where a person looks, and never able to steer it.
 *
 * @module
 */

import { stripVTControlCharacters, styleText } from "node:util";

type Style = Parameters<typeof styleText>[0];

/** What a hook, a model or a package says may not steer the terminal. */
export function safe(text: string): string {
  return stripVTControlCharacters(text).replaceAll(/[\p{Cc}]/gu, (code) =>
    code === "\n" || code === "\t" ? code : "�",
  );
}

/** Colour only where a person looks: `styleText` knows NO_COLOR and what is no terminal. */
export function styled(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stdout, validateStream: true });
}
