/** Every kernel of the project with a shader in a file, and what its text asks of a device. */
import { readdirSync } from 'node:fs';
import { kernels, type Kernel } from '../../src/device/kernel.js';
import { shaderSource } from '../../src/device/wgsl.js';

// Kernels are declared when their module is loaded: src/kernels, and whatever else declares some of its own.
await import('../../src/measure/roofs.js');
await import('../../src/device/device.js');
await import('../../src/autograd/ops/index.js');
const launchers = new URL('../../src/kernels/', import.meta.url);
for (const file of readdirSync(launchers, { recursive: true }) as string[]) {
  if (file.endsWith('.js')) await import(new URL(file.replaceAll('\\', '/'), launchers).href);
}

export const ALL_KERNELS: readonly Kernel[] = kernels();

/** Storage buffers that a kernel binds at most; the launchers of those with more than 8 look at the limit. */
export const MOST_BUFFERS = 10;

/** A kernel's text as it stands. */
export const sourceOf = ({ file, includes }: Kernel): string => shaderSource(file, includes ?? [], {});

/** Of the device, by the extension of WGSL that needs it. */
const FEATURES: Readonly<Record<string, string>> = {
  f16: 'shader-f16',
  subgroups: 'subgroups',
  chromium_experimental_subgroup_matrix: 'chromium-experimental-subgroup-matrix',
  subgroup_size_control: 'subgroup-size-control',
};

/** Features that any kernel needs. */
export const FEATURES_OF_KERNELS: readonly string[] = Object.values(FEATURES);

/** Features that a text needs. */
export const featuresOf = (code: string): string[] =>
  [...code.matchAll(/\benable (\w+);/g)].map(([, extension]) => FEATURES[extension]);
