"""What containers do, simulated: their files, programs, images and network. No host process, file or socket is used."""
