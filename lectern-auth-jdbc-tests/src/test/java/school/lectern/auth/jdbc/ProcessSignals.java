package school.lectern.auth.jdbc;

import java.io.IOException;

/** Sends operating-system signals to processes. */
final class ProcessSignals {

    private ProcessSignals() {}

    /** Sends a signal to a process. Has no effect if the process has ended. */
    static void send(ProcessHandle process, String name) throws IOException, InterruptedException {
        int unused = new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor();
    }

    /** Sends a signal to a process and all its descendants. */
    static void sendToAll(ProcessHandle process, String name) throws IOException, InterruptedException {
        send(process, name);
        for (ProcessHandle child : process.descendants().toList()) {
            send(child, name);
        }
    }
}
