export async function run(_a: unknown): Promise<void> {}
