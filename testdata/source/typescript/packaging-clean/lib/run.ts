/** Notes a step; it starts nothing. */
export function run(step: string): void {
    steps.push(step);
}

export const steps: string[] = [];
