/**
 * Making a shader module's text from the files in shaders/: inclusion by concatenation, and specialisation of declared
 * constants.
 */
import { shaderText } from '#platform';
import { UsageError } from './errors.js';

/** Shaders that are not files of ours, by the name that a file would have. */
const added = new Map<string, string>();

/** Puts a shader's text in the place of a file: see Kernel.wgsl. */
export function addShader(name: string, text: string): void {
  added.set(name, text);
}

const textOf = (name: string): string => added.get(name) ?? shaderText(name);

/**
 * What overrides cannot express, by name: the right-hand side of a declared `const NAME = …;` or `alias NAME = …;`, or,
 * under the key `fn NAME`, the expression that a declared one-line `fn NAME(…) -> T { return …; }` returns.
 */
export type Specialisation = Readonly<Record<string, string | number>>;

/**
 * What holds the bits of an `alias V`: shaders that test these (common/nan_lanes.wgsl) declare `alias U`, which always
 * goes with V.
 */
const BITS: Readonly<Record<string, string>> = { f32: 'u32', vec2f: 'vec2u', vec4f: 'vec4u' };

/**
 * The file's own text comes first (WGSL wants `enable` before all else; declarations may come in any order), then its
 * includes.
 * @throws UsageError when a name to specialise is not declared in the text.
 */
export function shaderSource(file: string, includes: readonly string[], specialise: Specialisation): string {
  let text = [file, ...includes].map(textOf).join('\n');
  for (const [name, value] of Object.entries(specialise)) {
    const pattern = name.startsWith('fn ')
      ? new RegExp(`(\\bfn ${name.slice(3)}\\([^)]*\\) -> \\w+ \\{ return )[^;]*(; \\})`)
      : new RegExp(`(^(?:const|alias) ${name}(?:: \\w+)? = )[^;]*(;)`, 'm');
    if (!pattern.test(text)) throw new UsageError(`[${file}] declares no "${name}" to specialise`);
    text = text.replace(pattern, (_, before: string, after: string) => `${before}${value}${after}`);
  }
  const lanes = /^alias V = (\w+);/m.exec(text)?.[1] ?? 'f32';
  text = text.replace(/^alias U = \w+;/m, `alias U = ${BITS[lanes]};`);
  const code = text.replace(/\/\/.*/g, '');
  const enabled = EXTENSIONS.filter(([, use]) => use.test(code)).map(([name]) => `enable ${name}; `);
  return enabled.join('') + text; // on the same line, so that messages name the right one
}

/** WGSL's extensions that a text must enable when it uses this of them. A shader may enable others itself. */
const EXTENSIONS: readonly (readonly [name: string, use: RegExp])[] = [
  ['f16', /\b(?:f16|vec[234]h|mat4x4h)\b/],
  ['chromium_experimental_subgroup_matrix', /\bsubgroup_matrix_\w+</],
  ['subgroup_size_control', /@subgroup_size\b/],
];

/**
 * `matmul.wgsl:12:5 error: unresolved value 'x'` and the line's text, for each message of the compiler of one of these
 * types.
 * @param files the files that the source was made of, in order.
 */
export function compilationMessages(
  files: readonly string[],
  source: string,
  messages: readonly GPUCompilationMessage[],
  types: readonly ('error' | 'warning' | 'info')[] = ['error'],
): string {
  const lines = source.split('\n');
  return messages
    .filter((m) => types.includes(m.type))
    .map(({ type, lineNum, linePos, message }) => {
      const said = `${placeOf(files, lineNum)}:${linePos} ${type}: ${inOneLine(message)}`;
      return `${said}\n    ${lines[lineNum - 1] ?? ''}`;
    })
    .join('\n');
}

/** naga (Firefox, Deno) says what is wrong, draws the place, and says why in lines that begin with `=`. */
function inOneLine(message: string): string {
  const [first = '', ...rest] = message.trim().split('\n');
  const what = /^Shader (?:'.*' )?(?:parsing|validation) error: (.*)$/.exec(first)?.[1];
  if (what === undefined) return message;
  const why = rest.flatMap((line) => /^ *= (?:note: )?(.*)$/.exec(line)?.[1] ?? []);
  return [what, ...why].join('; ');
}

/** File and line, from a line of the files joined. */
function placeOf(files: readonly string[], line: number): string {
  let left = line;
  for (const file of files) {
    const count = textOf(file).split('\n').length;
    if (left <= count) return `${file}:${left}`;
    left -= count;
  }
  return `${files[0]}:${line}`;
}
