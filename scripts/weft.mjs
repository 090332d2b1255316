#!/usr/bin/env node
/**
 * The command `weft`. In a checkout it first installs the packages and builds, when that is due (its messages go to
 * stderr); the published package is built already. Then the command line proper takes over.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { report, ROOT } from './lib/host.mjs';
import { prepare } from './lib/prepare.mjs';

/** Resolves when everything written so far has left the process (a pipe takes it bit by bit). */
function flushed(stream) {
  return new Promise((resolve) => {
    if (stream.destroyed || stream.writableEnded) resolve();
    else stream.write('', () => resolve());
  });
}

// Whoever read the output has gone (`weft … | head`): end as any program in a pipe does.
process.stdout.on('error', (error) => process.exit(error.code === 'EPIPE' ? 141 : 1));

try {
  await prepare();
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const { main } = await import('../dist/src/cli/main.js');
  const { benchCommand } = await import('../dist/bench/command.js'); // the engine does not know its benchmarks
  process.exitCode = await main(process.argv.slice(2), version, [benchCommand]);
} catch (error) {
  process.exitCode = report(error);
}
await Promise.all([flushed(process.stdout), flushed(process.stderr)]);
process.exit(); // Dawn keeps threads of its own
