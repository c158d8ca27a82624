# Builds the Rust types of proto/ and writes the tables that are made from them, as gen_protos.sh does.
$ErrorActionPreference = 'Stop'
Set-Location (Split-Path -Parent $PSScriptRoot)
foreach ($command in 'build --locked --package contracts', 'xtask generate') {
    Write-Host "cargo $command"
    $arguments = $command -split ' '
    & cargo @arguments
    if ($LASTEXITCODE -ne 0) {
        [Console]::Error.WriteLine("error: cargo $command ended with $LASTEXITCODE")
        [Console]::Error.WriteLine("next:  cargo $command")
        exit $LASTEXITCODE
    }
}
