/** The project's own files as the architecture tests see them. */
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project's folder; the tests run from dist/test/architecture. */
export const ROOT = dirname(fileURLToPath(new URL('../../../package.json', import.meta.url)));

export function text(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8');
}

const NOT_OURS = new Set(['node_modules', 'dist', 'runs', '.git']);

/**
 * All files below a folder (or the folder's name, when it is a file), as paths from the project's folder; none when it
 * does not exist.
 */
export function filesBelow(folder: string): string[] {
  const full = join(ROOT, folder);
  if (!existsSync(full)) return [];
  if (!statSync(full).isDirectory()) return [folder];
  return readdirSync(full)
    .filter((name) => !NOT_OURS.has(name))
    .sort()
    .flatMap((name) => filesBelow(posix.join(folder, name)));
}

/** A specifier as the source says it, and whether only types come through it. */
export interface Import {
  readonly specifier: string;
  readonly isTypeOnly: boolean;
}

/** Everything that a TypeScript file imports or re-exports, statically or dynamically. */
export function importsOf(file: string): Import[] {
  const code = text(file)
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/^\s*\/\/.*$/gm, '');
  const found: Import[] = [];
  for (const [, types, specifier] of code.matchAll(
    /^(?:import|export)\s+(type\s+)?(?:[\w*\s{},$]+?\s+from\s+)?'([^']+)';/gm,
  )) {
    found.push({ specifier, isTypeOnly: types !== undefined });
  }
  for (const [, specifier] of code.matchAll(/\bimport\(\s*'([^']+)'/g)) found.push({ specifier, isTypeOnly: false });
  for (const [, specifier] of code.matchAll(/\btypeof import\('([^']+)'\)/g))
    found.push({ specifier, isTypeOnly: true });
  return found;
}

/** The source file that an import of `from` names: '#platform' or a relative path; null for a package. */
export function resolveImport(from: string, specifier: string, platform: 'node' | 'browser' = 'node'): string | null {
  if (specifier === '#platform') return `src/platform/${platform}.ts`;
  if (!specifier.startsWith('.')) return null;
  return posix.join(posix.dirname(from), specifier).replace(/\.js$/, '.ts');
}
