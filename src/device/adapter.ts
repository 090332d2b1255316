/** Choosing an adapter, asking it for its own limits, and saying in words which one it is. */
import { adapterAdvice, atExit, env, requestGPU } from '#platform';
import { AdapterError, UsageError } from './errors.js';
import { MATRIX_FEATURES, matrixUnits, type MatrixInfo, type MatrixUnits } from './adapter/matrices.js';
import { parsePretence, type Pretence } from './adapter/pretence.js';

export type { MatrixUnits };

/** What an adapter is, for messages, the run folder and `weft doctor`. */
export interface AdapterSummary {
  readonly vendor: string;
  readonly architecture: string;
  /** The host's name for the hardware. */
  readonly device: string;
  /** Mostly the driver and its version. */
  readonly description: string;
  /** A CPU driver such as lavapipe or SwiftShader. */
  readonly isSoftware: boolean;
  /** Lanes of a subgroup when the adapter has one fixed size and offers subgroups; 0 otherwise. */
  readonly subgroupSize: number;
}

/** A GPUAdapterInfo as Dawn gives it; in Firefox all its texts are empty. */
interface AdapterInfo extends Omit<GPUAdapterInfo, '__brand' | keyof MatrixInfo>, MatrixInfo {}

const SOFTWARE = /llvmpipe|lavapipe|swiftshader|basic render/i;
const WANTED_FEATURES: readonly string[] = ['subgroups', 'shader-f16', 'timestamp-query', ...MATRIX_FEATURES];

export function summarizeAdapter(adapter: GPUAdapter): AdapterSummary {
  const info = adapter.info as unknown as AdapterInfo;
  const told = parsePretence(env('WEFT_PRETEND'));
  const own = info.subgroupMinSize === info.subgroupMaxSize ? info.subgroupMaxSize : 0;
  const size = told.subgroups === 'varying' ? 0 : (told.subgroups ?? own);
  const names = `${info.vendor} ${info.architecture} ${info.device} ${info.description}`;
  const isSoftware = SOFTWARE.test(names) || info.isFallbackAdapter === true;
  return {
    vendor: info.vendor,
    architecture: info.architecture,
    device: info.device,
    description: `${info.description || info.device}${isSoftware && told.isGpu ? ', told that it is a GPU' : ''}`,
    isSoftware: isSoftware && !told.isGpu,
    subgroupSize: adapter.features.has('subgroups') ? size : 0,
  };
}

/** What the host calls an adapter; '' where it tells nothing. */
export function adapterName({ description, vendor, architecture }: AdapterSummary): string {
  return description || `${vendor} ${architecture}`.trim();
}

/** One line: `llvmpipe: Mesa 25.0.7 (LLVM 15.0.6) (software: runs on the CPU)`. */
export function adapterLine(summary: AdapterSummary): string {
  const name = adapterName(summary) || 'a GPU that is not named';
  const { vendor, isSoftware } = summary;
  if (isSoftware) return `${name} (software: runs on the CPU)`;
  return vendor === '' ? name : `${name} (${vendor})`;
}

/**
 * The adapters that the host offers: the high-performance one, the low-power one and the fallback, each once.
 * The null backend, which accepts everything and computes nothing, is left out.
 */
export async function listAdapters(): Promise<GPUAdapter[]> {
  const all: GPUAdapter[] = [];
  for await (const adapter of offeredAdapters()) all.push(adapter);
  return all;
}

/** The same one by one: to ask for each takes some 25 ms. */
async function* offeredAdapters(): AsyncGenerator<GPUAdapter> {
  const gpu = requestGPU();
  const wishes: GPURequestAdapterOptions[] = [
    { powerPreference: 'high-performance' },
    { powerPreference: 'low-power' },
    { forceFallbackAdapter: true },
  ];
  const found = new Set<string>();
  for (const wish of wishes) {
    const adapter = await gpu.requestAdapter(wish);
    if (adapter === null) continue;
    const summary = summarizeAdapter(adapter);
    const key = `${summary.vendor}|${summary.architecture}|${summary.description}`;
    if (summary.device === 'null-backend' || found.has(key)) continue;
    found.add(key);
    yield adapter;
  }
}

/**
 * The adapter to use: the first whose name contains `wanted` (case ignored; default `$WEFT_ADAPTER`), else the host's
 * first.
 * @throws AdapterError when there is none, or none of that name.
 */
export async function selectAdapter(wanted: string | undefined = env('WEFT_ADAPTER')): Promise<GPUAdapter> {
  const pattern = wanted?.toLowerCase() ?? '';
  const lines: string[] = [];
  for await (const adapter of offeredAdapters()) {
    const line = adapterLine(summarizeAdapter(adapter));
    if (line.toLowerCase().includes(pattern)) return adapter;
    lines.push(line);
  }
  if (lines.length === 0) {
    throw new AdapterError(
      'no WebGPU adapter: this machine offers neither a GPU driver that WebGPU can use nor a software one',
      { fix: adapterAdvice() },
    );
  }
  throw new AdapterError(`no adapter's name contains "${wanted}"`, { fix: `this machine has: ${lines.join('; ')}` });
}

/**
 * Requests a device with the adapter's own limits (WebGPU's defaults are far lower) and the features that kernels can
 * use.
 * @param without features that are not asked for.
 * @throws AdapterError when the adapter gives none, UsageError for a limit of WEFT_PRETEND that there is not.
 */
export async function openDevice(adapter: GPUAdapter, without: readonly string[] = []): Promise<GPUDevice> {
  const limits: Record<string, number> = {};
  const { limits: told, subgroups } = parsePretence(env('WEFT_PRETEND'));
  requireSubgroups(subgroups, adapter.info as unknown as AdapterInfo);
  for (const name in adapter.limits) {
    const value = (adapter.limits as unknown as Record<string, unknown>)[name];
    if (/^max(Storage|Buffer|Compute)/.test(name) && typeof value === 'number')
      limits[name] = Math.min(value, told[name] ?? told[ofAnyStage(name)] ?? value);
  }
  const unknown = Object.keys(told).find((name) => !(name in limits));
  if (unknown !== undefined) throw new UsageError(`WEFT_PRETEND: ${unknown} is no limit that the engine asks for`);
  const requiredFeatures = WANTED_FEATURES.filter(
    (f) => adapter.features.has(f) && !without.includes(f),
  ) as GPUFeatureName[];
  try {
    const gpu = await adapter.requestDevice({ label: 'weft', requiredFeatures, requiredLimits: limits });
    // A driver that still computes or compiles while the process takes its libraries down crashes it.
    const forget = atExit(() => gpu.destroy());
    void gpu.lost.then(forget);
    requireTold(told, gpu.limits);
    return gpu;
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new AdapterError(`${adapterLine(summarizeAdapter(adapter))} gives no device: ${String(error)}`, {
      cause: error,
    });
  }
}

/** An adapter that is open. */
export interface Opened {
  readonly gpu: GPUDevice;
  readonly adapter: AdapterSummary;
  readonly matrices: MatrixUnits | null;
}

/**
 * What `Device.create` opens.
 * @param wanted see selectAdapter.
 * @param without features that are not asked for, separated by commas; default `$WEFT_WITHOUT`.
 * @throws as selectAdapter and openDevice do.
 */
export async function openAdapter(wanted?: string, without = env('WEFT_WITHOUT') ?? ''): Promise<Opened> {
  const adapter = await selectAdapter(wanted);
  const gpu = await openDevice(adapter, without.split(','));
  const language: ReadonlySet<string> = requestGPU().wgslLanguageFeatures ?? new Set();
  const told = parsePretence(env('WEFT_PRETEND')).matrices;
  const matrices = matrixUnits(new Set(gpu.features), language, adapter.info as unknown as AdapterInfo, told);
  return { gpu, adapter: summarizeAdapter(adapter), matrices };
}

/** A device's limit for each stage is the largest of those for single stages, so that these have to be as low. */
const ofAnyStage = (name: string): string => name.replace(/In(Fragment|Vertex)Stage$/, 'PerShaderStage');

/** Members that are written for another size than subgroups have compute wrongly. */
function requireSubgroups(
  told: Pretence['subgroups'],
  { subgroupMinSize: min, subgroupMaxSize: max }: AdapterInfo,
): void {
  if (typeof told === 'number' && (told < min || told > max))
    throw new UsageError(`WEFT_PRETEND: subgroups=${told} is none of the adapter's sizes, ${min} to ${max}`);
}

/** WebGPU gives more than was asked for where that is less than it lets any device have, and says nothing. */
function requireTold(told: Readonly<Record<string, number>>, limits: GPUSupportedLimits): void {
  for (const [name, value] of Object.entries(told)) {
    const given = (limits as unknown as Readonly<Record<string, number>>)[name];
    if (given > value)
      throw new UsageError(`WEFT_PRETEND: ${name}=${value} is less than WebGPU lets any device have: ${given}`);
  }
}
