/**
 * What stands for the GPU of a device that computes nothing (shapes_only.ts): recorder and cache leave out all work for
 * it.
 */

/** WebGPU's defaults, except that memory has no bounds. */
const LIMITS = {
  maxBufferSize: Number.MAX_SAFE_INTEGER,
  maxStorageBufferBindingSize: Number.MAX_SAFE_INTEGER,
  maxStorageBuffersPerShaderStage: 8,
  maxComputeWorkgroupStorageSize: 16384,
  maxComputeInvocationsPerWorkgroup: 256,
  maxComputeWorkgroupSizeX: 256,
};

const nothing = (): void => {};

export const NO_GPU = {
  limits: LIMITS,
  features: new Set<string>(),
  lost: new Promise<never>(nothing),
  addEventListener: nothing,
  createBuffer: ({ size }: GPUBufferDescriptor) => ({ size, destroy: nothing }),
  queue: { writeBuffer: nothing, submit: nothing, onSubmittedWorkDone: () => Promise.resolve() },
  destroy: nothing,
} as unknown as GPUDevice;
