package school.lectern.auth.servlet;

import jakarta.websocket.server.ServerEndpointConfig;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.websocket.jakarta.server.config.JakartaWebSocketServletContainerInitializer;
import org.junit.jupiter.api.Nested;

/** All behaviours, in Jetty. */
class JettyTest {

    @Nested
    class Wire extends WireBehaviour {
        @Override
        Container container() {
            return new JettyContainer();
        }
    }

    @Nested
    class Credentials extends CredentialBehaviour {
        @Override
        Container container() {
            return new JettyContainer();
        }
    }

    @Nested
    class Answers extends FilterBehaviour {
        @Override
        Container container() {
            return new JettyContainer();
        }
    }

    @Nested
    class Coexistence extends CoexistenceBehaviour {
        @Override
        Container container() {
            return new JettyContainer();
        }
    }

    @Nested
    class Paths extends PathBehaviour {
        @Override
        Container container() {
            return new JettyContainer();
        }
    }

    @Nested
    class Dispatches extends DispatchBehaviour {
        @Override
        Container container() {
            return new JettyContainer();
        }
    }

    @Nested
    class Addresses extends AddressBehaviour {
        @Override
        Container container() {
            return new JettyContainer();
        }
    }

    @Nested
    class ManagementRequests extends ManagementRequestBehaviour {
        @Override
        Container container() {
            return new JettyContainer();
        }
    }

    @Nested
    class ManagementLists extends ManagementListBehaviour {
        @Override
        Container container() {
            return new JettyContainer();
        }
    }

    @Nested
    class Management extends ManagementBehaviour {
        @Override
        Container container() {
            return new JettyContainer();
        }
    }

    @Nested
    class UnknownTenants extends UnknownTenantBehaviour {
        @Override
        Container container() {
            return new JettyContainer();
        }
    }

    @Nested
    class Grants extends GrantBehaviour {
        @Override
        Container container() {
            return new JettyContainer();
        }
    }

    @Nested
    class ManagementForms extends ManagementFormBehaviour {
        @Override
        Container container() {
            return new JettyContainer();
        }
    }

    @Nested
    class AuditExports extends AuditExportBehaviour {
        @Override
        Container container() {
            return new JettyContainer();
        }
    }

    @Nested
    class Dialects extends DialectBehaviour {
        @Override
        Container container() {
            return new JettyContainer();
        }
    }

    @Nested
    class Leaks extends LeakBehaviour {
        @Override
        Container container() {
            return new JettyContainer();
        }
    }

    @Nested
    class Chains extends ChainBehaviour {
        @Override
        Container container() {
            return new JettyContainer();
        }
    }

    @Nested
    class ErrorPages extends ErrorPageBehaviour {
        @Override
        Container container() {
            return new JettyContainer();
        }
    }

    @Nested
    class Operations extends OperationBehaviour {
        @Override
        Container container() {
            return new JettyContainer();
        }
    }

    @Nested
    class Mappings extends MappingBehaviour {
        @Override
        Container.Extension webSocket(String path) {
            return context -> {
                ServletContextHandler handler = ServletContextHandler.getServletContextHandler(context);
                JakartaWebSocketServletContainerInitializer.initialize(handler)
                        .addEndpoint(ServerEndpointConfig.Builder.create(Echo.class, path)
                                .build());
            };
        }

        @Override
        boolean upgradesFirst() {
            return true;
        }

        @Override
        Container container() {
            return new JettyContainer();
        }
    }

    @Nested
    class Spring extends SpringBehaviour {
        @Override
        Container container() {
            return new JettyContainer();
        }
    }
}
