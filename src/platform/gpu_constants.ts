/**
 * WebGPU's flags as the hosts give them: named here, because the types of the DOM and of @webgpu/types do not stand
 * each other.
 */
export interface GpuConstants {
  readonly GPUBufferUsage: Readonly<
    Record<'MAP_READ' | 'MAP_WRITE' | 'COPY_SRC' | 'COPY_DST' | 'UNIFORM' | 'STORAGE' | 'QUERY_RESOLVE', number>
  >;
  readonly GPUMapMode: Readonly<Record<'READ' | 'WRITE', number>>;
}
