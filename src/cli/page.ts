/** `weft page`: a folder that any web server can hand out. */
import { joinPath, makeDirectory, parentFolder, writeFileAtomic } from '#platform';
import { checkRunFolder } from '../train/run_folder.js';
import type { Command } from './command.js';
import { resolveOptions, SHARED_OPTIONS, yargsOptions, type OptionSpec } from './options.js';
import { printJson, say } from './output.js';
import { pageFiles } from './page_files.js';

const PAGE_OPTIONS = {
  out: { type: 'string', describe: 'folder to write', demand: true },
  force: { type: 'boolean', describe: 'replace a page that is in the folder already', default: false },
  json: SHARED_OPTIONS.json,
} as const satisfies Record<string, OptionSpec>;

export const pageCommand: Command = {
  command: 'page <run>',
  describe: 'write a page that classifies pictures with a run, and trains, in the browser: a static folder',
  options: Object.keys(PAGE_OPTIONS),
  builder: (yargs) => yargs.positional('run', { type: 'string', describe: 'run folder' }).options(yargsOptions(PAGE_OPTIONS)),
  run: async (argv) => {
    const o = resolveOptions(PAGE_OPTIONS, argv);
    const out = String(o['out']);
    await checkRunFolder(out, 'page.json', o['force'] === true, 'choose another --out, or replace it with --force');
    const { files } = await pageFiles(String(argv['run']), false);
    let bytes = 0;
    for (const [name, content] of files) {
      const path = joinPath(out, ...name.split('/'));
      await makeDirectory(parentFolder(path));
      writeFileAtomic(path, content);
      bytes += content.length;
    }
    say(`${out}: ${files.size} files, ${(bytes / 1e6).toFixed(1)} MB; hand it out over https (browsers offer WebGPU there, and on this very machine)`);
    if (argv['json'] === true) printJson({ out, files: [...files.keys()], bytes });
  },
};
