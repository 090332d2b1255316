/** Models that are made of the blocks of a shallower or smaller one: left out, by name, where all would take long. */
import { isSwiftShader } from '../cli/weft.js';
import { isThorough } from '../support/covering.js';
import { skipped } from '../support/harness.js';

const OF_THE_SAME_BLOCKS =
  /^(plain(32|44|56)|resnet(32|34|44|56|110)|vgg16(_bn)?|wrn28_10|mobilenet_v3_small|vit_b_16)$/;

/** The models that a suite tries: all of them, but on SwiftShader one of each kind of block. */
export function modelsTried<T extends { readonly name: string }>(suite: string, models: readonly T[]): readonly T[] {
  if (!isSwiftShader || isThorough) return models;
  const left = models.filter(({ name }) => OF_THE_SAME_BLOCKS.test(name)).map(({ name }) => name);
  skipped.push(`${suite}: ${left.join(', ')} (too slow on SwiftShader)`);
  return models.filter(({ name }) => !left.includes(name));
}
