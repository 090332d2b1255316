/**
 * The driver that compiles and never computes (native/null_gpu.c): built by gcc at first use, kept in the cache folder,
 * named to Vulkan's loader by a file of its own. A card is an environment for a process.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheDirectory, sha256 } from '#platform';
import { WeftError } from '../../src/device/errors.js';

/** Compiled to dist/bench/verdict: the project's root is three folders up. */
const SOURCES = fileURLToPath(new URL('../../../bench/verdict/native', import.meta.url));
/** Where the loader's descriptions of drivers lie. */
const DRIVERS = ['/usr/share/vulkan/icd.d', '/usr/local/share/vulkan/icd.d', '/etc/vulkan/icd.d'];

/** What the loader is told of RADV: its library; null where there is none. */
function radvLibrary(): string | null {
  for (const folder of DRIVERS.filter(existsSync)) {
    const file = readdirSync(folder).find((name) => /^radeon_icd.*\.json$/.test(name));
    if (file === undefined) continue;
    const { ICD } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as { ICD?: { library_path?: string } };
    return ICD?.library_path ?? null;
  }
  return null;
}

/** Names a package for what gcc says that it lacks. */
export function packageFor(complaint: string): string | null {
  if (/vulkan\/\w+\.h/.test(complaint)) return 'libvulkan-dev';
  if (/\w+\.h: No such file|cannot find -l|crt1\.o|crti\.o/.test(complaint)) return 'libc6-dev';
  return null;
}

/** The headers and libraries that the driver is built of. */
const PROBE = '#include <stdio.h>\n#include <vulkan/vulkan.h>\nint main(void) { return puts(""); }\n';

/** Debian's packages that this machine lacks for the judge; none when it can work. */
export function missingPackages(): string[] {
  const missing: string[] = [];
  if (process.platform !== 'linux') return ['Linux'];
  if (spawnSync('gcc', ['--version']).status !== 0) missing.push('gcc', 'libc6-dev', 'libvulkan-dev');
  else {
    const { status, stderr } = spawnSync('gcc', ['-x', 'c', '-', '-o', '/dev/null'], {
      input: PROBE,
      encoding: 'utf8',
    });
    if (status !== 0) missing.push(packageFor(stderr) ?? 'libc6-dev');
  }
  if (radvLibrary() === null) missing.push('mesa-vulkan-drivers');
  return missing;
}

/** Says by name what is missing. */
export function adviceFor(missing: readonly string[]): string {
  return `apt-get install ${missing.join(' ')}`;
}

/**
 * The file that names the driver to Vulkan's loader (`VK_DRIVER_FILES`), the driver built if it is not yet.
 * @throws WeftError naming the packages that are missing.
 */
export function nullDriver(): string {
  const missing = missingPackages();
  if (missing.length > 0)
    throw new WeftError(`the driver that compiles for GPUs cannot be built here: ${missing.join(', ')} missing`, {
      fix: adviceFor(missing),
    });
  const files = readdirSync(SOURCES).sort();
  const key = sha256(files.map((file) => readFileSync(join(SOURCES, file)))).slice(0, 16);
  const folder = join(cacheDirectory(), 'verdict');
  const library = join(folder, `null_gpu-${key}.so`);
  const description = join(folder, `null_gpu-${key}.json`);
  if (existsSync(library) && existsSync(description)) return description;
  mkdirSync(folder, { recursive: true });
  const made = join(folder, `${process.pid}.so`);
  const command = ['-O1', '-shared', '-fPIC', '-o', made, join(SOURCES, 'null_gpu.c'), '-ldl', '-lpthread'];
  const { status, stderr } = spawnSync('gcc', command, { encoding: 'utf8' });
  if (status !== 0)
    throw new WeftError(`gcc cannot build null_gpu.c:\n${stderr}`, { fix: adviceFor(['libvulkan-dev']) });
  renameSync(made, library);
  const ICD = { library_path: library, api_version: '1.3.0' };
  writeFileSync(description, JSON.stringify({ file_format_version: '1.0.0', ICD }));
  return description;
}

/**
 * The environment of a process that shall see a card of this family (`navi31`) and nothing else.
 * @param log a file, or null: see null_gpu.c.
 */
export function cardEnvironment(family: string, log: string | null): NodeJS.ProcessEnv {
  const { VK_ICD_FILENAMES: _, VK_ADD_DRIVER_FILES: __, WEFT_ADAPTER: ___, ...rest } = process.env;
  return {
    ...rest,
    XDG_RUNTIME_DIR: process.env['XDG_RUNTIME_DIR'] || tmpdir(),
    VK_DRIVER_FILES: nullDriver(),
    RADV_FORCE_FAMILY: family,
    WEFT_RADV: radvLibrary() ?? '',
    MESA_SHADER_CACHE_DISABLE: '1', // what is found there is not compiled
    WEFT_TUNE: '0', // what was tuned for another adapter of this name
    ...(log === null ? {} : { WEFT_VERDICT_LOG: log }),
  };
}
