/**
 * The package as a user has it: packed, unpacked into an empty project, beside the packages that it asks for and no
 * others.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import * as assert from 'uvu/assert';
import { ROOT } from '../architecture/source.js';

const TSC = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');

export interface Project {
  readonly folder: string;
  /** The installed package. */
  readonly package: string;
}

interface Lock {
  readonly packages: Readonly<Record<string, { readonly dev?: boolean }>>;
}

function must(program: string, args: readonly string[], cwd: string): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    cwd,
    encoding: 'utf8',
    shell: program === 'npm' && process.platform === 'win32',
  });
  assert.is(status, 0, `${program} ${args.join(' ')}: ${error?.message ?? stdout + stderr}`);
  return stdout;
}

/** Types that a user's own project brings. */
const OWN = ['node_modules/@types/node'];

/**
 * Packs this checkout and installs it without a registry: what it depends on is linked from here, developers' packages
 * are not.
 */
export function installPackage(): Project {
  const folder = mkdtempSync(join(tmpdir(), 'weft-installed-'));
  const installed = join(folder, 'node_modules', 'weftgrad');
  mkdirSync(installed, { recursive: true });
  const [{ filename }] = JSON.parse(
    must('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], ROOT),
  ) as { filename: string }[];
  must('tar', ['-xzf', join(folder, filename), '--strip-components=1', '-C', installed], folder);
  const { packages } = JSON.parse(readFileSync(join(ROOT, 'node_modules', '.package-lock.json'), 'utf8')) as Lock;
  for (const [path, { dev }] of Object.entries(packages)) {
    // one that lies in another comes with it
    if ((dev === true && !OWN.includes(path)) || path.lastIndexOf('node_modules/') > 0) continue;
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    symlinkSync(join(ROOT, path), join(folder, path), 'junction');
  }
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
  return { folder, package: installed };
}

export function removeProject({ folder }: Project): void {
  rmSync(folder, { recursive: true, force: true });
}

/** Runs Node in the project: its exit code and all that it printed. */
export function node({ folder }: Project, args: readonly string[]): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      cwd: folder,
      timeout: 120000,
      killSignal: 'SIGKILL',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output }));
  });
}

/** Compiles files of the project, strictly and with the declarations of its packages checked. */
export async function compile(
  project: Project,
  name: string,
  files: readonly string[],
  options: Readonly<Record<string, unknown>>,
): Promise<void> {
  const compilerOptions = {
    target: 'ES2022',
    lib: ['ES2023'],
    types: [],
    strict: true,
    skipLibCheck: false,
    noEmit: true,
    ...options,
  };
  writeFileSync(join(project.folder, `${name}.json`), JSON.stringify({ compilerOptions, files }));
  const { code, output } = await node(project, [TSC, '-p', `${name}.json`]);
  assert.is(code, 0, output);
}
