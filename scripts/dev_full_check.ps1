# The whole check on this machine: format and lints, types, tests, the contract, one order from end
# to end. The server runs on Linux and macOS; on Windows the same commands run in WSL.
#   powershell -NoProfile -ExecutionPolicy Bypass -File scripts/dev_full_check.ps1
$ErrorActionPreference = 'Stop'
Set-Location (Split-Path -Parent $PSScriptRoot)
$begun = Get-Date
foreach ($target in 'lint', 'mypy', 'test', 'contract', 'e2e') {
    Write-Host "== make $target"
    if ($env:OS -eq 'Windows_NT') {
        & wsl --exec bash -lc "make $target"
    } else {
        & make $target
    }
    if ($LASTEXITCODE -ne 0) {
        [Console]::Error.WriteLine("error: make $target ended with $LASTEXITCODE")
        [Console]::Error.WriteLine("next:  make $target")
        exit $LASTEXITCODE
    }
}
Write-Host ("All checks passed in {0:hh\:mm\:ss}." -f ((Get-Date) - $begun))
