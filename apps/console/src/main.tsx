/** The console's composition root. */
import './styles/index.css'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './app'
import { adoptToken } from './session/token'
import { Guard } from './shell/guard'
import { isTransient, retryDelayMs } from './wire/failure'

const token = adoptToken(location, history, sessionStorage)

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      networkMode: 'always',
      retry: (_count, error) => isTransient(error),
      retryDelay: retryDelayMs,
      refetchOnWindowFocus: true,
      staleTime: 2000,
    },
    mutations: { networkMode: 'always' },
  },
})

const root = document.getElementById('root')
if (!root) throw new Error('index.html has no #root')
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <Guard>
        <App firstToken={token} />
      </Guard>
    </QueryClientProvider>
  </StrictMode>,
)
