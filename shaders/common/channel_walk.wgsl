// How x (N, C, P), P the size of a plane, is walked channel by channel. The numbers of a channel are the pairs (n, p); a workgroup's
// threads step through them side by side. Channels with many numbers are split over several workgroups. Where planes are small, 64
// threads would reach over many images for little each: then a workgroup walks CHANNELS neighbouring channels at once, 4 threads each.
// So what belongs to a channel is looked up once by a thread, and (n, p) is found by stepping instead of dividing.
override CHANNELS: u32 = 1;
alias E = f32; // a V as x and its like are stored
const THREADS = 64u;

struct Walk {
  C: u32,
  P: u32, // in elements of V, as all below
  count: u32, // of a channel: N * P
  splits: u32, // workgroups of a channel
  part: u32, // elements of a split
  step_n: u32, // (THREADS / CHANNELS) / P and % P: how far a step goes
  step_p: u32,
  slot: u32, // first row of partial results that this launch writes
}

struct Place {
  c: u32,
  n: u32,
  p: u32,
  r: u32, // number of (n, p)
  end: u32, // one past the last r; no more than r where there is nothing to do
}

// Where workgroup k's part of channel c starts.
fn part_start(walk: Walk, k: u32, c: u32) -> Place {
  let r = k % walk.splits * walk.part;
  return Place(c, r / walk.P, r % walk.P, r, 0);
}

fn first_place(walk: Walk, k: u32, lane: u32) -> Place {
  let c = k / walk.splits * CHANNELS + lane % CHANNELS;
  let start = k % walk.splits * walk.part;
  let r = start + lane / CHANNELS;
  return Place(c, r / walk.P, r % walk.P, r, select(0u, min(start + walk.part, walk.count), c < walk.C));
}

fn next_place(walk: Walk, a: Place) -> Place {
  let p = a.p + walk.step_p;
  let wraps = p >= walk.P;
  return Place(a.c, a.n + walk.step_n + select(0u, 1u, wraps), select(p, p - walk.P, wraps), a.r + THREADS / CHANNELS, a.end);
}

// The number of the element of x.
fn element(walk: Walk, a: Place) -> u32 {
  return (a.n * walk.C + a.c) * walk.P + a.p;
}
