# Builds the Rust types of proto/ and writes the tables that are made from them, as gen_protos.sh does.
$ErrorActionPreference = 'Stop'
Set-Location (Split-Path -Parent $PSScriptRoot)
foreach ($arguments in @('build --locked --package contracts'), @('xtask generate')) {
    Write-Host "cargo $arguments"
    & cargo $arguments.Split(' ')
    if ($LASTEXITCODE -ne 0) {
        [Console]::Error.WriteLine("error: cargo $arguments ended with $LASTEXITCODE")
        exit $LASTEXITCODE
    }
}
