/**
 * The two families of MPI libraries. A C program gets their constants from mpi.h; here they are as that header of each
 * defines them. Open MPI's handles are the addresses of its own variables, MPICH's are numbers (as are those of Intel
 * MPI, MVAPICH and Cray MPICH, which keep its binary interface).
 */

/** What differs between the two. */
export interface Implementation {
  readonly name: string;
  /** How `MPI_Get_library_version` begins. */
  readonly version: RegExp;
  /** Names under which loaders find it. */
  readonly libraries: readonly string[];
  /** Handles: names of variables, or numbers. */
  readonly world: string | number;
  readonly float: string | number;
  readonly byte: string | number;
  readonly sum: string | number;
  readonly inPlace: number;
  readonly statusIgnore: number;
}

export const IMPLEMENTATIONS: readonly Implementation[] = [
  {
    name: 'openmpi',
    version: /^Open MPI/,
    libraries: ['libmpi.so.40', 'libmpi.40.dylib', 'libmpi.so', 'libmpi.dylib'],
    world: 'ompi_mpi_comm_world',
    float: 'ompi_mpi_float',
    byte: 'ompi_mpi_byte',
    sum: 'ompi_mpi_op_sum',
    inPlace: 1,
    statusIgnore: 0,
  },
  {
    name: 'mpich',
    version: /^(MPICH|Intel|MVAPICH|CRAY)/i,
    libraries: ['libmpich.so.12', 'libmpi.so.12', 'libmpi.12.dylib', 'libmpich.so'],
    world: 0x44000000,
    float: 0x4c00040a,
    byte: 0x4c00010d,
    sum: 0x58000003,
    inPlace: -1,
    statusIgnore: 1,
  },
];
