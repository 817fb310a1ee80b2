/** The environment, after `.env` was loaded into it. */
export const environment = (): NodeJS.ProcessEnv => process.env;
