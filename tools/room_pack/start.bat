@echo off
rem Install the workshop from this folder, without a network, and open the first lesson.
cd /d "%~dp0"
set "PYTHON="
for %%P in ("py -3" "python" "python3") do (
    if not defined PYTHON (
        %%~P -c "import sys; sys.exit(sys.version_info < (3, 8))" >nul 2>nul && set "PYTHON=%%~P"
    )
)
if not defined PYTHON (
    echo The workshop cannot start: no Python 3 was found. Install it from the installers that
    echo came with this folder, or from python.org, and start again.
    pause
    exit /b 1
)
%PYTHON% workshop\tools\start.py %*
if errorlevel 1 pause
