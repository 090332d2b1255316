/** The recipes of `weft train --preset`: what each makes, and that the command line wins over it. */
import * as assert from 'uvu/assert';
import { withPreset } from '../../src/cli/options/config_file.js';
import { resolveOptions } from '../../src/cli/options/options.js';
import { TRAIN_PRESETS } from '../../src/cli/options/presets.js';
import { TRAIN_OPTIONS } from '../../src/cli/options/train/train_options.js';
import { trainConfig } from '../../src/cli/options/train/training_config.js';
import type { TrainConfig } from '../../src/train/config.js';
import { parseAugmentation } from '../../src/data/augment_spec.js';
import { fails } from '../data/fixtures.js';
import { suite } from '../support/harness.js';

const test = suite('presets');

/** What `weft train --preset NAME` and more options train. */
function configOf(preset: string, given: Readonly<Record<string, string | number>> = {}): Promise<TrainConfig> {
  const argv = { ...given, preset };
  return trainConfig(resolveOptions(TRAIN_OPTIONS, argv, withPreset(argv, null)), (name) => name in given);
}

test('every preset is the configuration that its name promises', async () => {
  const made: Record<string, unknown> = {};
  for (const { name, options } of TRAIN_PRESETS) {
    const c = await configOf(name, options['data'] === undefined ? { data: 'own' } : {});
    parseAugmentation(String(c.augment));
    assert.is(c.schedule?.name, 'onecycle', name);
    made[name] = [
      c.data,
      c.model,
      c.epochs,
      c.batch,
      c.optimizer,
      c.lr,
      c.nesterov,
      c.augment,
      c.labelSmoothing,
      c.ema,
    ];
  }
  const cycle = [128, 'sgd', 0.1, true];
  assert.equal(made, {
    'fashion-best': ['fashion-mnist', 'convbn', 12, 64, 'adamw', 0.004, false, 'flip,shift=2', undefined, undefined],
    'fashion-wrn': ['fashion-mnist', 'wrn16_4', 50, ...cycle, 'flip,shift=2,erase=0.5', 0.1, 0.999],
    'fashion-resnet': ['fashion-mnist', 'resnet20', 15, ...cycle, 'flip,shift=2,erase=0.5', 0.1, 0.999],
    'cifar10-wrn': ['own', 'wrn16_4', 50, ...cycle, 'flip,shift=4,erase=0.5', 0.1, 0.999],
  });
});

test('the command line wins; what a preset leaves open has to be given', async () => {
  const { epochs, model, lr, optimizer } = await configOf('fashion-wrn', { epochs: 3, model: 'wrn28_10' });
  assert.equal([epochs, model, lr, optimizer], [3, 'wrn28_10', 0.1, 'sgd']);
  await fails(() => configOf('cifar10-wrn'), 2, /--data is missing/);
  await fails(() => configOf('fashion-wnr'), 2, /--preset "fashion-wnr" is not one of fashion-best, fashion-wrn/);
});

test.run();
