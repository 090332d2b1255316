/** Large models made small enough to be run where only rightness is asked for. */
import { Linear } from '../../src/nn/layers.js';
import type { Module } from '../../src/nn/module.js';
import { Parameter } from '../../src/nn/parameter.js';

/**
 * The layers of 4096 units of AlexNet and VGG, which hold nine of ten of their numbers, have 64 in the passes; keys,
 * shapes and counts are compared before that.
 */
export function narrow(model: Module): void {
  const isWide = ({ shape }: Parameter): boolean => shape.includes(4096);
  const narrowed = ({ shape, init }: Parameter): Parameter =>
    new Parameter(
      shape.map((d) => (d === 4096 ? 64 : d)),
      init,
    );
  for (const [, m] of model.namedModules()) {
    if (!(m instanceof Linear) || m.bias === null || !isWide(m.weight)) continue;
    Object.assign(m, { weight: narrowed(m.weight), bias: narrowed(m.bias) });
  }
}
