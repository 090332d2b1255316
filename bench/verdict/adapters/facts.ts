/** What adapters differ in, one fact after the other: which of them can be had here, and by what settings. */

/** Environment variables. */
export type Settings = Readonly<Record<string, string>>;

/** Where a fact holds without being told, and where it cannot be had. */
export type Where = 'own' | 'none' | Settings;

export interface Fact {
  readonly name: string;
  /** On the software driver, which computes: settings that make it so. */
  readonly software: Where;
  /** On a card that is not there, whose compiler is. */
  readonly card: Where;
  /** Models for which it is asked too much. */
  readonly without?: RegExp;
}

const MIB = 2 ** 20;

/** The adapter is told that it is a GPU, and more. */
function told(words: string, without = ''): Settings {
  const all = ['gpu', words].filter((word) => word !== '').join();
  return { WEFT_PRETEND: all, ...(without === '' ? {} : { WEFT_WITHOUT: without }) };
}

const same = (name: string, words: string, without = ''): Fact => {
  const settings = told(words, without);
  return { name, software: settings, card: settings };
};

const invocations = (n: number): string =>
  `maxComputeInvocationsPerWorkgroup=${n},maxComputeWorkgroupSizeX=${n},maxComputeWorkgroupSizeY=${n}`;

/** The width of lavapipe's vectors, whose lanes are a subgroup's; it says more than 16, and has no more. */
const lanes = (n: number): Settings => ({ ...told(''), LP_NATIVE_VECTOR_WIDTH: `${32 * n}` });

/** RADV compiles for the size that the engine is told: see native/null_gpu_log.h. */
const fixed = (n: number): Settings => ({ ...told(`subgroups=${n}`), WEFT_SUBGROUP_SIZE: `${n}` });

/** Bytes that a binding spans at most in the run whose tensors are worked on in windows. */
export const WINDOW_VARIABLE = 'WEFT_VERDICT_BINDING';

/** What nothing is lowered in: the rows after it differ from it in one fact each, the last in all. */
export const AS_IT_IS: Fact = same('as it is', '');

export const FACTS: readonly Fact[] = [
  AS_IT_IS,
  { name: 'subgroups of 4', software: lanes(4), card: 'none' },
  { name: 'subgroups of 8', software: 'own', card: 'none' },
  { name: 'subgroups of 16', software: lanes(16), card: 'none' },
  { name: 'subgroups of 32', software: 'none', card: fixed(32) },
  { name: 'subgroups of 64', software: 'none', card: fixed(64) },
  { name: 'subgroups of varying size', software: told('subgroups=varying'), card: 'own' },
  same('no subgroups', '', 'subgroups'),
  same('no f16', '', 'shader-f16'),
  same('workgroup memory 16 KiB', 'maxComputeWorkgroupStorageSize=16384'),
  { name: 'workgroup memory 32 KiB', software: 'own', card: told('maxComputeWorkgroupStorageSize=32768') },
  { name: 'workgroup memory 64 KiB', software: 'none', card: 'own' },
  same('8 storage buffers a stage', 'maxStorageBuffersPerShaderStage=8'),
  same('10 storage buffers a stage', 'maxStorageBuffersPerShaderStage=10'),
  { name: '16 storage buffers a stage', software: 'own', card: 'own' },
  { name: 'bindings of 128 MiB', software: 'own', card: told(`maxStorageBufferBindingSize=${128 * MIB}`) },
  {
    name: 'bindings of 1 MiB',
    software: { ...told(''), [WINDOW_VARIABLE]: `${MIB}` },
    card: 'none',
    // filters are bound whole, and a window of a transposed operand has 64 columns at least: theirs are 1 to 6 MiB
    without: /^(alexnet|vgg|googlenet|resnet(18|34|50)$)/,
  },
  same('256 invocations a workgroup', invocations(256)),
  { name: '1024 invocations a workgroup', software: 'own', card: 'own' },
  same(
    'the least of WebGPU',
    `maxComputeWorkgroupStorageSize=16384,maxStorageBuffersPerShaderStage=8,` +
      `maxStorageBufferBindingSize=${128 * MIB},${invocations(256)}`,
    'shader-f16,subgroups',
  ),
];
