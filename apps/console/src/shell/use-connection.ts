import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useCallback, useEffect, useRef } from 'react'
import type { GroundplaneClient } from '../wire/types'

/** `locked`: the server answers, and asks who is there. */
export type Connection = 'connecting' | 'locked' | 'connected' | 'streaming' | 'reconnecting' | 'offline'

/** Whether the server answers. When it does again after it did not, everything shown is asked for anew. */
export function useConnection(client: GroundplaneClient): { state: Connection; retry: () => void } {
  const queries = useQueryClient()
  const health = useQuery({
    queryKey: ['health'],
    queryFn: ({ signal }) => client.health({ signal }),
    retry: 1,
    retryDelay: 400,
    refetchInterval: (query) => (query.state.status === 'error' ? 2500 : 10_000),
    refetchIntervalInBackground: false,
  })
  const wasDown = useRef(false)
  useEffect(() => {
    if (health.isError) wasDown.current = true
    else if (health.isSuccess && wasDown.current) {
      wasDown.current = false
      void queries.invalidateQueries({ predicate: (query) => query.queryKey[0] !== 'health' })
    }
  }, [health.isError, health.isSuccess, queries])

  const { refetch } = health
  const retry = useCallback(() => void refetch(), [refetch])
  const state: Connection = health.isError ? 'offline' : health.isSuccess ? 'connected' : 'connecting'
  return { state, retry }
}
