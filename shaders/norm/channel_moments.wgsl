// What the kernels of batch_norm_moments share: what a thread reads, and what is written. partial (slots, 4, C) holds
// of each part of each channel of x (N, C, P): n, mean - origin, m2 = sum (x - mean)^2, origin. All is measured from an
// origin near the part's first number, so that means far from 0 do not lose the digits that m2 needs. Needs
// norm/channel_walk.wgsl and norm/moments.wgsl; the kernels declare x and partial.
struct Params {
  walk: Walk,
}

// Of the thread's numbers, from its place on.
fn own_moments(walk: Walk, start: Place, origin: Total) -> Moments {
  var at = start;
  var all = LaneMoments();
  while (at.r < at.end) {
    let pivot = V(x[element(walk, at)]) - V(origin);
    at = next_place(walk, at);
    var b = 1.0;
    var s1 = V();
    var s2 = V();
    for (var i = 1u; i < BLOCK && at.r < at.end; i++) {
      let d = V(x[element(walk, at)]) - V(origin) - pivot;
      s1 += d;
      s2 += d * d;
      b += 1;
      at = next_place(walk, at);
    }
    all = with_block(all, b, pivot, s1, s2);
  }
  return all_lanes(all);
}

fn write_moments(walk: Walk, k: u32, c: u32, all: Moments, origin: Total) {
  let row = (walk.slot + k % walk.splits) * 4;
  partial[row * walk.C + c] = Total(all.n);
  partial[(row + 1) * walk.C + c] = all.mean;
  partial[(row + 2) * walk.C + c] = all.m2;
  partial[(row + 3) * walk.C + c] = origin;
}
