// The k largest of each chunk of each row of x (N, C) f32 -> values (N, chunks, k) and index (N, chunks, k) u32, in the
// order of reduce/topk.wgsl, for rows too long to be sorted. A chunk is 64 strips of STRIP entries, thread i's being
// the entries i, i + 64, i + 128, ... Each thread finds the first entry of its strip; then, k times, the first of these
// 64 is written, and all threads look together for the entry that follows it in its strip. So an entry is read once,
// and a strip once more for each of its entries that is among the first k: the same work whatever the numbers are. Of a
// chunk of fewer than k entries the rest is filled with NONE.
const STRIP = 16u;

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> x_index: array<u32>;
@group(0) @binding(2) var<storage, read_write> values: array<f32>;
@group(0) @binding(3) var<storage, read_write> index: array<u32>;
@group(0) @binding(4) var<uniform> params: Params;

struct Entry {
  key: u32, // what it is compared by; 0: no entry
  index: u32,
  place: u32, // where in x it was read
}
const NO_ENTRY = Entry(0u, NONE, 0u);

var<workgroup> candidates: array<Entry, THREADS>;

fn comes_before(a: Entry, b: Entry) -> bool {
  return a.key > b.key || (a.key == b.key && a.index < b.index);
}

// Entry c of a row.
fn load(row: u32, c: u32) -> Entry {
  if (c >= params.C) {
    return NO_ENTRY;
  }
  let at = row * params.C + c;
  var own = params.first + c;
  if (MERGES) {
    own = x_index[at];
  }
  if (own == NONE) {
    return NO_ENTRY;
  }
  return Entry(order_key(x[at]), own, at);
}

// The first of the threads' candidates, told to all of them.
fn first_of_all(candidate: Entry, lane: u32) -> Entry {
  candidates[lane] = candidate;
  for (var apart = THREADS / 2; apart > 0; apart /= 2) {
    workgroupBarrier();
    if (lane < apart && comes_before(candidates[lane + apart], candidates[lane])) {
      candidates[lane] = candidates[lane + apart];
    }
  }
  workgroupBarrier();
  let first = candidates[0];
  workgroupBarrier(); // before the next use
  return first;
}

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let w = linear_workgroup(workgroup, grid);
  let inside = w < params.count; // uniform in the workgroup, but the barriers must be reached by all
  let row = min(w, params.count - 1) / params.chunks;
  let start = (w - row * params.chunks) * THREADS * STRIP;
  var own = NO_ENTRY;
  for (var j = 0u; j < STRIP; j++) {
    let entry = load(row, start + j * THREADS + lane);
    if (comes_before(entry, own)) {
      own = entry;
    }
  }
  for (var rank = 0u; rank < params.k; rank++) {
    let first = first_of_all(own, lane);
    if (inside && lane == 0) {
      values[w * params.k + rank] = x[first.place];
      index[w * params.k + rank] = first.index;
    }
    let strip = (first.place - row * params.C - start) % THREADS;
    var next = NO_ENTRY;
    for (var j = lane; j < STRIP; j += THREADS) {
      let entry = load(row, start + j * THREADS + strip);
      if (comes_before(first, entry) && comes_before(entry, next)) {
        next = entry;
      }
    }
    let follows = first_of_all(next, lane);
    if (lane == strip) {
      own = follows;
    }
  }
}
