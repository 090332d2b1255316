/**
 * WebGPU's names as far as this library's declarations say them. Where they come from differs between the programs that
 * use it: from TypeScript's DOM types (since 6.0), from @webgpu/types, or from nowhere, and the first two do not stand
 * each other. Interfaces of one name merge, so these empty ones add nothing to what is there, and stand in where there
 * is nothing.
 */
declare global {
  interface GPU {}
  interface GPUAdapter {}
  interface GPUBindGroup {}
  interface GPUBindGroupLayout {}
  interface GPUBuffer {}
  interface GPUCommandEncoder {}
  interface GPUCompilationMessage {}
  interface GPUComputePassTimestampWrites {}
  interface GPUComputePipeline {}
  interface GPUDevice {}
  interface GPUSupportedLimits {}
}

export type {};
