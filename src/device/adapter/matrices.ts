/**
 * Matrix units (tensor cores), which subgroups multiply small matrices on: what an adapter offers of them, as WebGPU's
 * experimental feature `chromium-experimental-subgroup-matrix` says. Browsers have it behind a flag.
 */

/** A product (M x K) (K x N) of halves with f32 sums that a subgroup does at once. */
export interface MatrixShape {
  readonly M: number;
  readonly N: number;
  readonly K: number;
}

/** What the kernels for matrix units need to know. */
export interface MatrixUnits {
  /** As the adapter lists them, the preferred one first. */
  readonly shapes: readonly MatrixShape[];
  /** Threads of a subgroup in those kernels. */
  readonly lanes: number;
  /** Whether all subgroups are so large, whether a kernel asks for it, or whether plain loops stand for the units. */
  readonly mode: 'fixed' | 'sized' | 'emulated';
}

export const MATRIX_FEATURES: readonly string[] = ['chromium-experimental-subgroup-matrix', 'subgroup-size-control'];

/** An entry of GPUAdapterInfo.subgroupMatrixConfigs. */
interface MatrixConfig extends MatrixShape {
  readonly componentType: string;
  readonly resultComponentType: string;
}

/** Parts of a GPUAdapterInfo that are newer than the typings. */
export interface MatrixInfo {
  readonly subgroupMinSize: number;
  readonly subgroupMaxSize: number;
  readonly subgroupMatrixConfigs?: Iterable<MatrixConfig>;
}

/** What WGSL must know for it: which subgroup a thread belongs to, and that this is the same for the whole of it. */
const LANGUAGE = ['subgroup_id', 'subgroup_uniformity'];

/**
 * Where sizes vary, the least one from which the largest may be asked for: units of adapters with subgroups of 8 or 16
 * work for these alone.
 */
const LEAST_VARYING = 32;

/** Lanes that an emulated subgroup has, as most GPUs' have. */
const EMULATED_LANES = 32;

/**
 * What a device offers, or null.
 * @param features of the device.
 * @param language of WGSL, as `navigator.gpu.wgslLanguageFeatures` lists them.
 * @param told the shape that an adapter without units is told to emulate, or null.
 */
export function matrixUnits(
  features: ReadonlySet<string>,
  language: ReadonlySet<string>,
  info: MatrixInfo,
  told: MatrixShape | null,
): MatrixUnits | null {
  if (!features.has('shader-f16')) return null;
  if (told !== null) return { shapes: [told], lanes: EMULATED_LANES, mode: 'emulated' };
  const isSized = features.has('subgroup-size-control') && info.subgroupMinSize >= LEAST_VARYING;
  const isFixed = info.subgroupMinSize === info.subgroupMaxSize;
  if (!features.has(MATRIX_FEATURES[0]) || !LANGUAGE.every((f) => language.has(f)) || !(isFixed || isSized))
    return null;
  const shapes = [...(info.subgroupMatrixConfigs ?? [])]
    .filter((c) => c.componentType === 'f16' && c.resultComponentType === 'f32')
    .filter((c) => [c.M, c.N, c.K].every((size) => size % 4 === 0))
    .map(({ M, N, K }): MatrixShape => ({ M, N, K }));
  return shapes.length === 0 ? null : { shapes, lanes: info.subgroupMaxSize, mode: isFixed ? 'fixed' : 'sized' };
}
