package school.lectern.auth.systems.app;

import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** Open to everyone. Says on which kind of thread handlers run. */
@RestController
class Health {

    @GetMapping("/health")
    String health() {
        return Thread.currentThread().toString().startsWith("VirtualThread") ? "virtual" : "platform";
    }
}
