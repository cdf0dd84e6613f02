package school.lectern.auth.jdbc;

import java.io.IOException;

/** Sends signals of the operating system to processes. */
final class ProcessSignals {

    private ProcessSignals() {}

    /** To a process; one that has ended hears nothing. */
    static void send(ProcessHandle process, String name) throws IOException, InterruptedException {
        int unused = new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor();
    }

    /** To a process, and to all that it has started. */
    static void sendToAll(ProcessHandle process, String name) throws IOException, InterruptedException {
        send(process, name);
        for (ProcessHandle child : process.descendants().toList()) {
            send(child, name);
        }
    }
}
