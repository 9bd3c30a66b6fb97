/** A load of its own process, so that nothing else it shares a thread with makes it late: options by argument, result on stdout, both JSON. */
import { httpLoad, type LoadOptions } from './http-load.js'

process.stdout.write(JSON.stringify(await httpLoad(JSON.parse(process.argv[2] as string) as LoadOptions)))
