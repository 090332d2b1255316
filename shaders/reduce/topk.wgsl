// The k largest of each row of x (N, C) f32, C <= SIZE -> values (N, k) and index (N, k) u32, largest first, of equals
// the smaller index first. A workgroup sorts a row in its memory (bitonic: the same pairs are compared whatever the
// numbers are) and writes its k first. Longer rows: reduce/topk_select.wgsl.
const SIZE = 64u; // a power of two

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> x_index: array<u32>;
@group(0) @binding(2) var<storage, read_write> values: array<f32>;
@group(0) @binding(3) var<storage, read_write> index: array<u32>;
@group(0) @binding(4) var<uniform> params: Params;

// Of an entry: what it is sorted by (0: no entry), its index, and where in the row it was read.
var<workgroup> keys: array<u32, SIZE>;
var<workgroup> indices: array<u32, SIZE>;
var<workgroup> places: array<u32, SIZE>;

fn comes_before(a: u32, b: u32) -> bool {
  return keys[a] > keys[b] || (keys[a] == keys[b] && indices[a] < indices[b]);
}

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let row = linear_workgroup(workgroup, grid);
  let inside = row < params.count; // uniform in the workgroup, but barriers below must be reached by all
  for (var i = lane; i < SIZE; i += THREADS) {
    keys[i] = 0u;
    indices[i] = NONE;
    places[i] = 0u;
    if (inside && i < params.C) {
      let at = row * params.C + i;
      var own = params.first + i;
      if (MERGES) {
        own = x_index[at];
      }
      if (own != NONE) {
        keys[i] = order_key(x[at]);
        indices[i] = own;
        places[i] = at;
      }
    }
  }
  for (var block = 2u; block <= SIZE; block *= 2) {
    for (var apart = block / 2; apart > 0; apart /= 2) {
      workgroupBarrier();
      for (var pair = lane; pair < SIZE / 2; pair += THREADS) {
        let a = (pair / apart) * 2 * apart + pair % apart;
        let b = a + apart;
        let is_descending = (a & block) == 0;
        if (is_descending == comes_before(b, a)) {
          let held = vec3u(keys[a], indices[a], places[a]);
          keys[a] = keys[b];
          indices[a] = indices[b];
          places[a] = places[b];
          keys[b] = held.x;
          indices[b] = held.y;
          places[b] = held.z;
        }
      }
    }
  }
  workgroupBarrier();
  if (inside) {
    for (var i = lane; i < params.k; i += THREADS) {
      values[row * params.k + i] = x[places[i]];
      index[row * params.k + i] = indices[i];
    }
  }
}
