// Runs before the first paint so that a saved theme never flashes. A file of its
// own because the content security policy allows no inline script.
;(() => {
  let saved = null
  try {
    saved = localStorage.getItem('groundplane.theme')
  } catch {
    // Storage may be switched off; the system's preference then decides.
  }
  if (saved === 'light' || saved === 'dark') document.documentElement.dataset.theme = saved
})()
