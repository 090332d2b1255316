/** `weft weights`, declared. */
import type { CommandGroup } from '../declare/declared.js';
import { SHARED_OPTIONS } from '../options/options.js';
import { WEIGHTS_OPTIONS } from './options.js';

const JSON_ONLY = { json: SHARED_OPTIONS.json };

export const weights: CommandGroup = {
  name: 'weights',
  describe: 'published weights by name: list, fetch and check them',
  commands: [
    {
      form: 'list',
      describe: 'the models with published weights, their files, and which of these are here',
      options: JSON_ONLY,
      examples: [['weights list', 'what --pretrained imagenet and imagenet:v2 mean for each model']],
      run: async (argv) => (await import('./run.js')).list(argv),
    },
    {
      form: 'download <model> [version]',
      describe: 'fetch the weights of a model into the user’s cache; what broke off goes on',
      positionals: { model: 'architecture (weft weights list)', version: 'imagenet (the first), or imagenet:v2' },
      options: WEIGHTS_OPTIONS,
      examples: [['weights download resnet50 imagenet:v2', 'the digits in the file’s name are those of its SHA-256']],
      run: async (argv) => (await import('./run.js')).download(argv),
    },
    {
      form: 'check [file]',
      describe: 'say what a file of weights holds; without one, whether the fetched ones are whole',
      positionals: { file: 'a .pth or safetensors file: nothing in it is run' },
      options: JSON_ONLY,
      examples: [['weights check model.pth', 'its tensors, how they are wrapped, or why it is refused']],
      run: async (argv) => (await import('./run.js')).check(argv),
    },
  ],
};
