@echo off
rem Runs the command; builds it first, if its sources changed since the last build.
setlocal
set "root=%~dp0"
set "out=%root%artifacts\launcher"
set "program=%out%\publish\MoeScale.Cli\release\moescale.dll"
if not exist "%out%" mkdir "%out%"

call :stale
if not errorlevel 1 goto run
where dotnet >nul 2>nul
if errorlevel 1 (
  echo moescale: the .NET 10 SDK is needed, and 'dotnet' is not on the PATH. See https://dotnet.microsoft.com/download. 1>&2
  exit /b 2
)

:lock
rem The redirection holds the file: a second call cannot open it and waits.
2>nul ( 9>"%out%\lock" ( call :build & call set "built=%%errorlevel%%" ) ) || ( timeout /t 1 /nobreak >nul & goto lock )
if not "%built%"=="0" exit /b 2

:run
dotnet "%program%" %*
exit /b %errorlevel%

:stale
rem Exit code 1 if anything is newer than the stamp.
if not exist "%program%" exit /b 1
if not exist "%out%\stamp" exit /b 1
powershell -NoProfile -Command "$s=(Get-Item '%out%\stamp').LastWriteTimeUtc; $new=Get-ChildItem '%root%src','%root%catalog','%root%Directory.Build.props','%root%Directory.Packages.props','%root%global.json' -Recurse | Where-Object { $_.LastWriteTimeUtc -gt $s } | Select-Object -First 1; exit [int]($null -ne $new)"
exit /b %errorlevel%

:build
call :stale
if not errorlevel 1 exit /b 0
echo moescale: building (once, about half a minute) ... 1>&2
type nul > "%out%\stamp.new"
dotnet publish "%root%src\MoeScale.Cli" --configuration Release --use-current-runtime --no-self-contained --artifacts-path "%out%" -p:PublishReadyToRun=true -o "%out%\publish\MoeScale.Cli\release" --nologo -v quiet -nodeReuse:false -p:UseSharedCompilation=false > "%out%\build.log" 2>&1
if errorlevel 1 (
  type "%out%\build.log" 1>&2
  echo moescale: the build failed; the log above says why. 1>&2
  exit /b 1
)
move /y "%out%\stamp.new" "%out%\stamp" >nul
exit /b 0
